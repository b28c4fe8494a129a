import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { AlreadyRunning, birthOf, lockHome, runningSupervisor } from './home-lock.ts';

const folder = mkdtempSync(join(tmpdir(), 'lurus-lock-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a second supervisor is refused and told the pid of the first', () => {
  const path = join(folder, 'held', 'supervisor.json');
  const release = lockHome(path);
  expect(runningSupervisor(path)).toBe(process.pid);
  expect(() => lockHome(path)).toThrow(AlreadyRunning);
  expect(() => lockHome(path)).toThrow(`pid ${process.pid}`);
  release();
  expect(existsSync(path)).toBe(false);
});

test('the lock of a supervisor that was killed is taken over, even when its pid is another process now', () => {
  const path = join(folder, 'stale.json');
  writeFileSync(path, JSON.stringify({ pid: process.pid, birth: 'another boot, another start' }));
  const release = lockHome(path);
  expect(runningSupervisor(path)).toBe(process.pid);
  release();
});

test('a lock that was left half written is taken over', () => {
  const path = join(folder, 'torn.json');
  writeFileSync(path, '{"pid":');
  lockHome(path)();
  expect(existsSync(path)).toBe(false);
});

test('a process that does not exist has no birth', () => {
  expect(birthOf(process.pid)).toBe(birthOf(process.pid));
  expect(birthOf(2 ** 22 + 1)).toBeUndefined();
});
