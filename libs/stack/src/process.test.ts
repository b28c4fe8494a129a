/**
 * Method: real children. Small shell and Node programs stand in for servers; readiness is a file that they make. What happens when a supervisor
 * is killed is shown with a supervisor of its own process, `process-test-supervisor.ts`.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { type ProcessSpec, supervise } from './process.ts';

const folder = mkdtempSync(join(tmpdir(), 'lurus-process-'));
afterAll(() => rmSync(folder, { recursive: true }));

const place = (name: string): string => join(folder, name);

function spec(name: string, script: string, options: Partial<ProcessSpec> = {}): ProcessSpec {
  return {
    name,
    command: ['sh', '-c', script],
    env: { PATH: process.env['PATH'] },
    cwd: '/',
    logPath: place(`${name}.log`),
    stopSignal: 'SIGTERM',
    watchesStdin: false,
    isReady: async () => existsSync(place(`${name}.ready`)),
    ...options,
  };
}

const serving = (name: string): string => `echo started; echo $$ >${place(`${name}.ready`)}; exec sleep 600`;

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test('a process is ready when it says so, its pid is its own, and stopping it ends it', async () => {
  const one = supervise(spec('one', serving('one')));
  await one.ready();
  const pid = one.pid() ?? 0;
  expect(Number(readFileSync(place('one.ready'), 'utf8'))).toBe(pid);
  await one.stop();
  expect(isAlive(pid)).toBe(false);
  expect(one.pid()).toBeUndefined();
});

test('a process that ends before it was ready fails the start with the end of its log', async () => {
  const broken = supervise(spec('broken', 'echo the disk is full >&2; exit 3'));
  await expect(broken.ready()).rejects.toThrow(/broken exited with code 3 before it was ready[^]*the disk is full/);
  await broken.stop();
});

test('a program that does not exist fails the start', async () => {
  const missing = supervise(spec('missing', '', { command: ['/nowhere/at-all'], watchesStdin: true }));
  await expect(missing.ready()).rejects.toThrow('missing');
  await missing.stop();
});

test('a process that crashes comes back, and says so', async () => {
  const crashes: string[] = [];
  const two = supervise(spec('two', serving('two')), (message) => crashes.push(message));
  await two.ready();
  const before = two.pid();
  rmSync(place('two.ready'));
  await two.kill('SIGKILL');
  await two.ready();
  expect(two.pid()).not.toBe(before);
  expect(two.restarts()).toBe(1);
  expect(crashes).toEqual([expect.stringContaining('two was ended by SIGKILL; starting it again in 0.25 s')]);
  await two.stop();
});

test('a process that ignores the signal to stop is ended by force', async () => {
  const stubborn = supervise(spec('stubborn', `trap '' TERM; touch ${place('stubborn.ready')}; while :; do sleep 0.05; done`));
  await stubborn.ready();
  const startedAt = performance.now();
  await stubborn.stop({ forceAfterMs: 100 });
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  expect(stubborn.pid()).toBeUndefined();
});

test('a restarted process is another one, and does not count as crashed', async () => {
  const three = supervise(spec('three', serving('three')));
  await three.ready();
  const before = three.pid();
  await three.restart();
  expect(three.pid()).not.toBe(before);
  expect(three.restarts()).toBe(0);
  await three.stop();
});

async function until(isTrue: () => boolean, what: string): Promise<void> {
  const giveUpAt = performance.now() + 10_000;
  while (!isTrue()) {
    if (performance.now() > giveUpAt) throw new Error(`it did not happen: ${what}`);
    await sleep(20);
  }
}

test.each(['SIGKILL', 'SIGTERM'] as const)('children of a supervisor that was ended by %s end as well', async (signal) => {
  const report = place(`pids-${signal}.json`);
  const program = fileURLToPath(new URL('./process-test-supervisor.ts', import.meta.url));
  const supervisor = spawn(process.execPath, [program, folder, report], { stdio: 'inherit' });
  await until(() => existsSync(report), 'the supervisor started its children');
  const pids: number[] = JSON.parse(readFileSync(report, 'utf8'));
  expect(pids.map(isAlive)).toEqual([true, true]);
  supervisor.kill(signal);
  await until(() => !pids.some(isAlive), 'both children ended');
});
