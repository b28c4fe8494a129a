import type { Command } from 'commander';
import { usageFailure } from '../cli-failure.ts';
import { openSession, type Session } from '../session.ts';
import { CLIENTS } from '../setup/client-setup.ts';
import { setupOf } from '../setup/client-setups.ts';
import { exportLines } from '../shell-text.ts';
import type { Surroundings } from '../surroundings.ts';

const HELP = `
Example:
  $ eval "$(lurus env)" && claude
`;

/** `lurus env`: everything as exports, for AI CLIs, SDKs and database clients. */
export function addEnvCommand(program: Command, surroundings: Surroundings): void {
  program
    .command('env')
    .description('print exports that point AI CLIs and SDKs of this shell at the gateway')
    .option('--key <key>', 'API key to use (default: LURUS_API_KEY, or the demo key)')
    .addHelpText('after', HELP)
    .action((options: { key?: string }, command: Command) => {
      const session = openSession(command, surroundings);
      const variables = clientVariables(session, options.key);
      session.show(variables, () => exportLines(variables));
    });
}

/** The variables of all clients, and those that the OpenAI SDKs and what is built on them read. */
function clientVariables(session: Session, given: string | undefined): Record<string, string> {
  const key = given ?? session.apiKey ?? session.system.ready?.demo_key;
  if (key === undefined)
    throw usageFailure('No API key is known.', 'Give --key, or set LURUS_API_KEY; "lurus key create <user>" makes one.');
  const gateway = session.system.urlOf('gateway');
  const clients = CLIENTS.map((client) => setupOf(client, { gateway, key }).environment);
  return Object.assign({}, ...clients, { OPENAI_BASE_URL: `${gateway}/v1`, OPENAI_API_KEY: key }) as Record<string, string>; // Made of nothing else.
}
