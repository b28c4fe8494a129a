import { expect, test } from 'vitest';
import { createApiKey, derivedKeyId, digestOf, digestsEqual, keyIdOf } from './api-key.ts';

test('a fresh key names itself, and no two are alike', () => {
  const keys = Array.from({ length: 50 }, () => createApiKey());
  for (const { keyId, secret } of keys) expect(keyIdOf(secret)).toBe(keyId);
  expect(new Set(keys.map((key) => key.secret)).size).toBe(50);
});

test('changing any one character is caught by the checksum, without a lookup', () => {
  const { secret } = createApiKey();
  for (let at = 9; at < secret.length; at += 1) {
    const other = secret[at] === 'x' ? 'y' : 'x';
    expect(keyIdOf(secret.slice(0, at) + other + secret.slice(at + 1))).toBeUndefined();
  }
});

test.each(['', 'sk-lurus-', 'sk-ant-api03-abc', 'Bearer x', `sk-lurus-${'a'.repeat(46)}`])('"%s" is no key', (text) => {
  expect(keyIdOf(text)).toBeUndefined();
});

test('the digest depends on the pepper, and digests compare whole', () => {
  const { secret } = createApiKey();
  expect(digestsEqual(digestOf(secret, 'pepper'), digestOf(secret, 'pepper'))).toBe(true);
  expect(digestsEqual(digestOf(secret, 'pepper'), digestOf(secret, 'other'))).toBe(false);
  expect(digestsEqual('ab', 'abc')).toBe(false);
});

test('a key issued for a named cause has a public part of that cause, and a secret of its own each time', () => {
  const keyId = derivedKeyId('main issue-key a');
  expect(derivedKeyId('main issue-key a')).toBe(keyId);
  expect(derivedKeyId('main issue-key b')).not.toBe(keyId);
  const [first, second] = [createApiKey(keyId), createApiKey(keyId)];
  expect(keyIdOf(first.secret)).toBe(keyId);
  expect(first.secret).not.toBe(second.secret);
});
