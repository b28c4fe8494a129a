/** Runs one CLI headless in a home, a project and an environment of its own, with a hard end. */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What to run. Files are relative to the home folder. */
export interface ClientCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly homeFiles: Readonly<Record<string, string>>;
}

/** What came of it. */
export interface ClientRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
  /** Where it worked. */
  readonly project: string;
}

const RUN_TIMEOUT_MS = 90_000; // Claude Code's slowest start on two busy cores took 20 s.
const OUTPUT_CHARACTERS_MAX = 4_000_000; // A runaway client must not take the test with it.

/** Runs the command to its end. Its whole process group is killed when it does not end by itself. Never rejects for a failing client. */
export async function runClient(input: {
  readonly command: ClientCommand;
  readonly folder: string;
  readonly proxyUrl: string;
}): Promise<ClientRun> {
  const { command, folder } = input;
  const places = { home: join(folder, 'home'), project: join(folder, 'project'), temporary: join(folder, 'tmp') };
  for (const place of Object.values(places)) mkdirSync(place, { recursive: true });
  for (const [path, text] of Object.entries(command.homeFiles)) {
    const file = join(places.home, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  const startedMs = performance.now();
  const child = spawn(command.program, command.args, {
    cwd: places.project,
    // Nothing is inherited but the path: a real key in the environment must not reach a test.
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: places.home,
      TMPDIR: places.temporary,
      TERM: 'dumb',
      NO_PROXY: '127.0.0.1,localhost',
      HTTPS_PROXY: input.proxyUrl,
      ...command.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'], // Codex reads a standard input that is open to its end.
    detached: true,
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout = (output.stdout + chunk.toString()).slice(-OUTPUT_CHARACTERS_MAX)));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr = (output.stderr + chunk.toString()).slice(-OUTPUT_CHARACTERS_MAX)));
  const exitCode = await new Promise<number | null>((resolve) => {
    const limit = setTimeout(() => killGroup(child.pid), RUN_TIMEOUT_MS);
    const done = (code: number | null): void => {
      clearTimeout(limit);
      resolve(code);
    };
    child.on('error', (error) => {
      output.stderr += String(error);
      done(null);
    });
    child.on('close', done);
  });
  return { exitCode, ...output, durationMs: performance.now() - startedMs, project: places.project };
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended in the meantime.
  }
}
