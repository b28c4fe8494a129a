import { instantOf } from '@lurus/base/clock';
import { type KeyId, unchecked } from '@lurus/base/ids';
import { keyIssued, keyLimited, keyRevoked, userCreated } from '@lurus/events/catalogue/identity';
import { exampleOf } from '@lurus/events/examples';
import { given, told } from '@lurus/projection/spec';
import { test } from 'vitest';
import { keys } from './projection.ts';

const { userId, keyId } = exampleOf(keyIssued);
const revokedAt = instantOf(Date.UTC(2026, 10, 24));

const created = () => told(userCreated, exampleOf(userCreated));
const issued = () => told(keyIssued, { ...exampleOf(keyIssued), requestsPerMinute: 60 });
const limited = (requestsPerMinute: number | null) =>
  told(keyLimited, { ...exampleOf(keyLimited), keyId, userId, models: ['claude-*'], requestsPerMinute });
const revoked = (at = revokedAt) => told(keyRevoked, { ...exampleOf(keyRevoked), keyId, userId }, { at });

test('a user is a row with one wallet', () =>
  given(keys)
    .when([created()])
    .then({
      states: [{ kind: 'user', userId: exampleOf(userCreated).userId }],
      rows: { users: [{ user_name: exampleOf(userCreated).userName, wallet_id: exampleOf(userCreated).walletId, sequence: 1 }] },
    }));

test('a key keeps its digest while its limits are replaced', () =>
  given(keys, [issued()])
    .when([limited(null)])
    .then({
      states: [{ kind: 'key', requestsPerMinute: null, models: ['claude-*'], revokedAt: null, sequence: 2 }],
      rows: { api_keys: [{ digest: exampleOf(keyIssued).digest, requests_per_minute: null, models: ['claude-*'], sequence: 2 }] },
    }));

test('a revoked key stays revoked since its first revocation, whatever comes later', () =>
  given(keys, [issued(), revoked()])
    .when([revoked(instantOf(Date.UTC(2026, 10, 25))), limited(5), issued()])
    .then([{ kind: 'key', revokedAt, sequence: 5 }]));

test('an event about a key that was never issued is set aside', () =>
  given(keys, [issued()])
    .when([told(keyRevoked, { ...exampleOf(keyRevoked), keyId: unchecked<KeyId>('Zz9zZz9z'), userId }), limited(7)])
    .then({ states: [{ requestsPerMinute: 7 }], parked: [2] }));

test('the bucket has every key, revoked ones marked, and no users', () =>
  given(keys, [created(), issued()])
    .when([revoked()])
    .then({ bucket: { [keyId]: { keyId, tenantId: 'main', digest: exampleOf(keyIssued).digest, isRevoked: true, sequence: 3 } } }));
