/** `lurus`: gathers what commands need from outside, runs one, ends with its exit code. */
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@lurus/base/clock';
import { runCommandLine } from './program.ts';

const interruption = new AbortController();
process.once('SIGINT', () => interruption.abort());
// A reader that has seen enough (`lurus requests | head`) closes the pipe: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await runCommandLine(process.argv.slice(2), {
  environment: process.env,
  workingFolder: process.cwd(),
  repositoryRoot: join(dirname(fileURLToPath(import.meta.url)), '../../..'),
  userHome: homedir(),
  writeData: (data) => void process.stdout.write(data),
  writeNote: (note) => void process.stderr.write(note),
  readInput: () => text(process.stdin),
  fetch,
  clock: systemClock,
  sleep: async (ms) => {
    await sleep(ms, undefined, { signal: interruption.signal });
  },
  signal: interruption.signal,
});
