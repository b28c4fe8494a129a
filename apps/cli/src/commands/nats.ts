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
    .action(async (_options: unknown, command: Command) => {
      // Loaded on use, like the NATS client in streams.ts.
      const { natsAccounts } = await import('@lurus/journal/server-config');
      const { natsUsers } = await import('@lurus/stack/nats-config');
      const session = openSession(command, surroundings);
      requireNatsSeed(session.system.home, 'deployer');
      const users = natsUsers(readNatsSeeds(session.system.home) ?? {});
      session.show({ accounts: natsAccounts(users), users }, () => natsAccounts(users));
    });
}
