import { natsAccounts } from '@lurus/journal/server-config';
import { natsUsers } from '@lurus/stack/nats-config';
import type { Command } from 'commander';
import { requireNatsSeed, readNatsSeeds } from '../secrets-file.ts';
import { openSession } from '../session.ts';
import type { Surroundings } from '../surroundings.ts';

const HELP = `
The seeds of the users stay in secrets.json; what is printed holds their public keys alone.

Example:
  $ lurus nats accounts > /etc/nats/lurus-accounts.conf
`;

/** `lurus nats accounts`: for a NATS server that is not ours. */
export function addNatsCommands(program: Command, surroundings: Surroundings): void {
  const nats = program.command('nats').description('for running the NATS server yourself');
  nats
    .command('accounts')
    .description('print the accounts block to include in the configuration of your nats-server')
    .addHelpText('after', HELP)
    .action((_options: unknown, command: Command) => {
      const session = openSession(command, surroundings);
      requireNatsSeed(session.system.home, 'deployer');
      const users = natsUsers(readNatsSeeds(session.system.home) ?? {});
      session.show({ accounts: natsAccounts(users), users }, () => natsAccounts(users));
    });
}
