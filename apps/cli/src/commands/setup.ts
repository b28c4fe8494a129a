import { Argument, type Command } from 'commander';
import { usageFailure } from '../cli-failure.ts';
import { openSession, type Session } from '../session.ts';
import { CLIENTS, type Client, type ClientSetup } from '../setup/client-setup.ts';
import { setupOf } from '../setup/client-setups.ts';
import { writeSetup, type WrittenFile } from '../setup/write-setup.ts';
import { exportLines } from '../shell-text.ts';
import type { Surroundings } from '../surroundings.ts';

const HELP = `
Without --write nothing is touched: the lines are printed to be pasted.
With --write they are merged into the files of the client; what stood there is kept beside them.

Examples:
  $ lurus setup claude
  $ lurus setup codex --key sk-lurus-... --write
`;

/** `lurus setup claude|codex|gemini` */
export function addSetupCommand(program: Command, surroundings: Surroundings): void {
  program
    .command('setup')
    .description('point an AI CLI at the gateway')
    .addArgument(new Argument('<client>').choices(CLIENTS))
    .option('--key <key>', 'API key to use (default: LURUS_API_KEY, or the demo key)')
    .option('--write', 'write the files instead of printing what to paste')
    .addHelpText('after', HELP)
    .action((client: Client, options: { key?: string; write?: boolean }, command: Command) => {
      const session = openSession(command, surroundings);
      const setup = setupOf(client, { gateway: session.system.urlOf('gateway'), key: keyFor({ session, given: options.key }) });
      const written =
        options.write === true
          ? writeSetup({ userHome: surroundings.userHome, files: setup.files, nowMs: surroundings.clock.nowMs() })
          : undefined;
      session.show(setupJson(setup, written), () => (written ? renderWritten(setup, written) : renderSetup(setup)));
    });
}

function keyFor(input: { readonly session: Session; readonly given: string | undefined }): string {
  const { session, given } = input;
  const key = given ?? session.apiKey ?? session.system.ready?.demo_key;
  if (key === undefined)
    throw usageFailure('No API key is known.', 'Give --key, or set LURUS_API_KEY; "lurus key create <user>" makes one.');
  if (given === undefined && session.apiKey === undefined)
    session.note('This is the demo key: it talks to the built-in simulator. Your own: --key <key>');
  return key;
}

const setupJson = (setup: ClientSetup, written: readonly WrittenFile[] | undefined): unknown => ({
  client: setup.client,
  environment: setup.environment,
  unset: setup.unset,
  files: setup.files.map((file) => ({ path: `~/${file.path}`, content: file.snippet })),
  start: setup.start,
  ...(written === undefined ? {} : { written }),
});

function renderSetup(setup: ClientSetup): string {
  return [
    `# ${setup.title}, for this shell:`,
    ...setup.unset.map((name) => `unset ${name}`),
    exportLines(setup.environment).trimEnd(),
    ...setup.files.flatMap((file) => ['', `# ~/${file.path}`, ...file.snippet.trimEnd().split('\n')]),
    '',
    `# then: ${setup.start}`,
    ...setup.notes.map((note) => `# ${note}`),
    '',
  ].join('\n');
}

function renderWritten(setup: ClientSetup, written: readonly WrittenFile[]): string {
  const lines = written.map((file) => {
    if (!file.is_changed) return `unchanged  ${file.path}`;
    return `written    ${file.path}${file.backup === null ? '' : ` (before: ${file.backup})`}`;
  });
  // Codex takes the key from the environment alone.
  const exports = setup.client === 'codex' ? [`then       ${exportLines(setup.environment).trimEnd()}`] : [];
  return `${[...lines, ...exports, `start      ${setup.start}`].join('\n')}\n`;
}
