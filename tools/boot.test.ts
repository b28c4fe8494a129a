/**
 * Method: `boot.mjs` in a folder of its own, whose packages are marked as installed, runs a program that says so and
 * then waits. It has ended when its output is closed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, test } from 'vitest';

/** npm starts in 0.2 s, and boot looks for it twice a second; two busy cores may need ten times that. */
const TEST_TIMEOUT_MS = 15_000;

/** As `start.ts` does: it goes when boot asks it to and when boot is gone. */
const PROGRAM = `
console.log('the program runs');
process.on('disconnect', () => process.exit(0));
setInterval(() => undefined, 1000);
`;

const folder = mkdtempSync(join(tmpdir(), 'lurus-boot-'));
const children: ChildProcess[] = [];

beforeAll(() => {
  const lock = '{}';
  for (const name of ['tools', 'node_modules/.bin']) mkdirSync(join(folder, name), { recursive: true });
  copyFileSync(fileURLToPath(new URL('boot.mjs', import.meta.url)), join(folder, 'tools/boot.mjs'));
  writeFileSync(join(folder, 'tools/program.mjs'), PROGRAM);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ scripts: { start: 'node tools/boot.mjs tools/program.mjs' } }));
  writeFileSync(join(folder, 'package-lock.json'), lock);
  writeFileSync(join(folder, 'node_modules/.lurus-lock'), createHash('sha256').update(lock).digest('hex'));
});

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Starts it, waits for the program to run, and says how to wait until nobody, neither program nor shell, holds its output any more. */
async function start(
  command: string,
  args: readonly string[],
): Promise<{ readonly child: ChildProcess; readonly allGone: Promise<unknown> }> {
  const child = spawn(command, args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const allGone = once(child.stdout, 'close');
  await new Promise<void>((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (bytes: Buffer) => {
      text += bytes.toString('utf8');
      if (text.includes('the program runs\n')) resolve();
    });
    void allGone.then(() => reject(new Error(`the program did not start:\n${text}`)));
  });
  return { child, allGone };
}

test.each(['SIGTERM', 'SIGKILL'] as const)(
  'what npm runs ends when npm gets a %s',
  async (signal) => {
    const { child, allGone } = await start('npm', ['start']);
    child.kill(signal);
    await allGone;
  },
  TEST_TIMEOUT_MS,
);

test(
  'a program learns that its boot was killed',
  async () => {
    const { child, allGone } = await start(process.execPath, ['tools/boot.mjs', 'tools/program.mjs']);
    child.kill('SIGKILL');
    await allGone;
  },
  TEST_TIMEOUT_MS,
);
