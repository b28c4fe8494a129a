import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { cacheFolder, checkSum, isNewEnough, natsBinary } from './nats-binary.ts';

const folder = mkdtempSync(join(tmpdir(), 'lurus-binary-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A program that answers as nats-server of some version does. */
function fakeServer(name: string, version: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\necho "nats-server: v${version}"\n`);
  chmodSync(path, 0o755);
  return path;
}

describe('the version of nats-server', () => {
  test.each([
    ['nats-server: v2.15.0', true],
    ['nats-server: v2.15.1', true],
    ['nats-server: v3.0.0', true],
    ['nats-server: v2.9.25', false],
    ['nats-server: v2.14.99', false],
    ['something else', false],
    ['', false],
  ])('%j is new enough: %s', (line, expected) => {
    expect(isNewEnough(line)).toBe(expected);
  });
});

test('a server that the user names is used where it is new enough', async () => {
  const given = fakeServer('new', '2.15.3');
  expect(await natsBinary({ given, env: {} })).toBe(given);
});

test('a server that the user names and that is too old is refused by name and never replaced silently', async () => {
  const given = fakeServer('old', '2.9.25');
  await expect(natsBinary({ given, env: {} })).rejects.toThrow(`LURUS_NATS_SERVER names ${given}, which says nats-server: v2.9.25`);
});

test('a download without the checksum that its release states is refused', () => {
  const bytes = Buffer.from('archive');
  const digest = createHash('sha256').update(bytes).digest('hex');
  expect(() => checkSum(`${digest}  a.tar.gz\n`, { name: 'a.tar.gz', bytes })).not.toThrow();
  expect(() => checkSum(`${digest}  b.tar.gz\n`, { name: 'a.tar.gz', bytes })).toThrow('does not have the checksum');
  expect(() => checkSum(`${digest}  a.tar.gz\n`, { name: 'a.tar.gz', bytes: Buffer.from('other') })).toThrow('does not have the checksum');
});

test('fetched programs are kept where the machine keeps caches', () => {
  expect(cacheFolder({ XDG_CACHE_HOME: '/caches' })).toBe('/caches/lurus-switch');
  expect(cacheFolder({ HOME: '/srv/ada' })).toBe('/srv/ada/.cache/lurus-switch');
});
