import { createApiKey, digestOf } from '@lurus/base/api-key';
import { instantOf } from '@lurus/base/clock';
import { Problem } from '@lurus/base/problem';
import { type TenantId, unchecked, type UserId, type WalletId } from '@lurus/base/ids';
import { expect, test } from 'vitest';
import { type Caller, identify, type KeyRing } from './identify.ts';

const pepper = 'pepper of these tests';
const { keyId, secret } = createApiKey();

const entry = (over: Partial<Caller> = {}): Caller => ({
  keyId,
  tenantId: unchecked<TenantId>('main'),
  userId: unchecked<UserId>('U'),
  walletId: unchecked<WalletId>('W'),
  label: '',
  digest: digestOf(secret, pepper),
  models: [],
  requestsPerMinute: null,
  tokensPerMinute: null,
  concurrentRequests: null,
  expiresAt: null,
  isRevoked: false,
  sequence: 1,
  ...over,
});

const ring = (stored: Caller | undefined, nowMs = 0): KeyRing => ({
  find: (id) => (id === stored?.keyId ? stored : undefined),
  pepper,
  nowMs: () => nowMs,
});

const codeOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    if (error instanceof Problem) return `${error.details.status} ${error.details.code}`;
    throw error;
  }
  return 'identified';
};

test.each([
  ['x-api-key', { 'x-api-key': secret }, undefined],
  ['authorization', { authorization: `Bearer ${secret}` }, undefined],
  ['authorization in lower case', { authorization: `bearer ${secret}` }, undefined],
  ['x-goog-api-key', { 'x-goog-api-key': secret }, undefined],
  ['the query', {}, secret],
  ['several at once', { 'x-api-key': 'placeholder', authorization: `Bearer ${secret}` }, secret],
])('a key is found in %s', (_where, headers, queryKey) => {
  expect(identify({ headers, queryKey }, ring(entry())).keyId).toBe(keyId);
});

test('a request without any key is told where to put one', () => {
  expect(codeOf(() => identify({ headers: { authorization: 'Basic abc' }, queryKey: undefined }, ring(entry())))).toBe('401 key_missing');
});

test.each([
  ['a provider key', 'sk-ant-api03-something'],
  ['a key with a typo', `${secret.slice(0, -1)}${secret.endsWith('0') ? '1' : '0'}`],
  ['half a key', secret.slice(0, 30)],
  ['a well-formed key that was never issued', createApiKey().secret],
])('%s is refused', (_what, presented) => {
  expect(codeOf(() => identify({ headers: { 'x-api-key': presented }, queryKey: undefined }, ring(entry())))).toBe('401 key_invalid');
});

test('the right name with another secret is refused', () => {
  const stored = entry({ digest: digestOf('another', pepper) });
  expect(codeOf(() => identify({ headers: { 'x-api-key': secret }, queryKey: undefined }, ring(stored)))).toBe('401 key_invalid');
});

test('a revoked key says so', () => {
  const stored = entry({ isRevoked: true });
  expect(codeOf(() => identify({ headers: { 'x-api-key': secret }, queryKey: undefined }, ring(stored)))).toBe('401 key_revoked');
});

test('a key works until the moment it expires', () => {
  const stored = entry({ expiresAt: instantOf(5_000) });
  const at = (nowMs: number): string =>
    codeOf(() => identify({ headers: { 'x-api-key': secret }, queryKey: undefined }, ring(stored, nowMs)));
  expect([at(4_999), at(5_000)]).toEqual(['identified', '401 key_expired']);
});
