import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publicKeyOfSeed } from '@lurus/journal/nkey';
import { afterAll, expect, test } from 'vitest';
import { loadSecrets, makeSecrets, saveSecrets } from './secrets.ts';

const folder = mkdtempSync(join(tmpdir(), 'lurus-secrets-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('secrets are made once, kept for their owner alone, and read again', () => {
  const path = join(folder, 'home', 'secrets.json');
  const first = loadSecrets(path, ['gateway', 'projector']);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(loadSecrets(path, ['gateway', 'projector'])).toEqual(first);
  expect(publicKeyOfSeed(first.nats_seeds['gateway'] ?? '')).toMatch(/^U[A-Z2-7]{55}$/);
});

test('no two secrets of one system are the same, and no two systems share one', () => {
  const values = [makeSecrets(['a', 'b']), makeSecrets(['a', 'b'])].flatMap((secrets) =>
    Object.values(secrets).flatMap((value) => (value === null ? [] : typeof value === 'string' ? [value] : Object.values(value))),
  );
  expect(new Set(values).size).toBe(values.length);
});

test('a process that a newer version adds gets its seed, and the others keep theirs', () => {
  const path = join(folder, 'grown.json');
  const before = loadSecrets(path, ['gateway']);
  const after = loadSecrets(path, ['gateway', 'sync']);
  expect(after.nats_seeds['gateway']).toBe(before.nats_seeds['gateway']);
  expect(JSON.parse(readFileSync(path, 'utf8')).nats_seeds.sync).toBe(after.nats_seeds['sync']);
});

test('a file that cannot be used is never replaced, since the data beside it would be lost', () => {
  const path = join(folder, 'broken.json');
  writeFileSync(path, '{"admin_token":');
  expect(() => loadSecrets(path, ['gateway'])).toThrow(`${path} cannot be used`);
  expect(readFileSync(path, 'utf8')).toBe('{"admin_token":');
});

test('the demo key is kept when it was issued', () => {
  const path = join(folder, 'demo.json');
  const secrets = loadSecrets(path, []);
  saveSecrets(path, { ...secrets, demo_key: 'sk-lurus-example' });
  expect(loadSecrets(path, []).demo_key).toBe('sk-lurus-example');
});
