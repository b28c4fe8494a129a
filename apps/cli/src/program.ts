import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { CliFailure, EXIT, failureJson, renderFailure, type ExitCode, type FailureDetails } from './cli-failure.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addEnvCommand } from './commands/env.ts';
import { addKeyCommands } from './commands/key.ts';
import { addLedgerCommands } from './commands/ledger.ts';
import { addNatsCommands } from './commands/nats.ts';
import { addPriceCommands } from './commands/price.ts';
import { addProjectionCommands } from './commands/projection.ts';
import { addProviderCommands } from './commands/provider.ts';
import { addReceiptCommand } from './commands/receipt.ts';
import { addRequestsCommand } from './commands/requests.ts';
import { addSetupCommand } from './commands/setup.ts';
import { addStreamsCommands } from './commands/streams.ts';
import { addUsageCommand } from './commands/usage.ts';
import { addUserCommands } from './commands/user.ts';
import { addWalletCommands } from './commands/wallet.ts';
import { addSettingsCommand } from './commands/settings.ts';
import type { Surroundings } from './surroundings.ts';
import { parseServiceUrl, type ServiceName } from './system.ts';

const AFTER_HELP = `
Data goes to standard output, everything else to standard error.
Exit codes: 0 done, 1 failed, 2 wrong command line, 3 nothing runs there, 4 refused by a service.

Examples:
  $ lurus doctor
  $ lurus user add ada && lurus wallet credit ada 20 && lurus key create ada
  $ lurus price set claude-sonnet-5 --input 3 --output 15 --cache-read 0.3
  $ lurus requests --follow
`;

/** In the order in which the help lists them: what one needs first comes first. */
const COMMANDS = [
  addDoctorCommand,
  addSetupCommand,
  addEnvCommand,
  addProviderCommands,
  addPriceCommands,
  addUserCommands,
  addWalletCommands,
  addKeyCommands,
  addRequestsCommand,
  addReceiptCommand,
  addUsageCommand,
  addLedgerCommands,
  addProjectionCommands,
  addStreamsCommands,
  addNatsCommands,
  addSettingsCommand,
];

/** The whole command line. */
export function createProgram(surroundings: Surroundings): Command {
  const program = new Command('lurus')
    .description('Operate Lurus Switch: users and money, providers and prices, requests and receipts, streams and projections.')
    .option('--json', 'print one JSON document instead of a table (snake_case, complete figures)')
    .option('--tenant <tenant>', 'tenant to work in (default: main, or LURUS_TENANT)')
    .option('--home <folder>', 'folder of the running system (default: .lurus of this repository, or LURUS_HOME)')
    .option('--url <service=url>', 'address of a service of a system elsewhere; may be repeated', collectUrl)
    .option('--idempotency-key <name>', 'name of this command: repeating it under the same name has no second effect')
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .configureOutput({ writeOut: surroundings.writeData, writeErr: surroundings.writeNote })
    .addHelpText('after', AFTER_HELP)
    .helpCommand(true)
    .exitOverride();
  for (const add of COMMANDS) add(program, surroundings);
  return program;
}

/** Runs one command line (without `node` and the script) and tells how it ended. Throws nothing. */
export async function runCommandLine(args: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  try {
    await createProgram(surroundings).parseAsync([...args], { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    // Commander has already said what is wrong with the command line, and printed help where that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const details = error instanceof CliFailure ? error.details : unexpected(error);
    surroundings.writeNote(args.includes('--json') ? failureJson(details) : renderFailure(details));
    return details.exit;
  }
}

const unexpected = (error: unknown): FailureDetails => ({
  exit: EXIT.failed,
  code: 'unexpected',
  what: error instanceof Error ? error.message : String(error),
  ...(error instanceof Error && error.stack !== undefined ? { why: error.stack } : {}),
  fix: 'This is a fault of the command itself: please report it with the lines above.',
});

function collectUrl(text: string, before: readonly (readonly [ServiceName, string])[] = []): (readonly [ServiceName, string])[] {
  try {
    return [...before, parseServiceUrl(text)];
  } catch (error) {
    if (error instanceof CliFailure) throw new InvalidArgumentError(`${error.details.what} ${error.details.fix}`);
    throw error;
  }
}
