/** Users and API keys as a pure fold: one state is either a user or a key. */
import type { Instant } from '@lurus/base/clock';
import type { KeyId, TenantId, UserId, WalletId } from '@lurus/base/ids';
import type { keyIssued, keyLimited, keyRevoked, userCreated } from '@lurus/events/catalogue/identity';
import type { EventOf, RecordedEvent } from '@lurus/events/event';

export interface User {
  readonly kind: 'user';
  readonly userId: UserId;
  readonly tenantId: TenantId;
  readonly userName: string;
  readonly walletId: WalletId;
  readonly createdAt: Instant;
  readonly sequence: number;
}

export interface Key {
  readonly kind: 'key';
  readonly keyId: KeyId;
  readonly tenantId: TenantId;
  readonly userId: UserId;
  readonly walletId: WalletId;
  readonly label: string;
  readonly digest: string;
  readonly models: string[];
  readonly requestsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
  readonly concurrentRequests: number | null;
  readonly expiresAt: Instant | null;
  readonly revokedAt: Instant | null;
  readonly createdAt: Instant;
  readonly sequence: number;
}

export type Identity = { readonly kind: 'nobody' } | User | Key;

export const nobody: Identity = { kind: 'nobody' };

/** A user exists. */
export function createUser(_before: Identity, event: RecordedEvent<EventOf<typeof userCreated>>): Identity {
  const { userId, walletId, userName } = event.data;
  return { kind: 'user', userId, walletId, userName, tenantId: event.tenantId, createdAt: event.at, sequence: event.sequence };
}

/** A key exists. Issuing it again under a new event replaces what it may do, but never brings a revoked key back. */
export function issueKey(before: Identity, event: RecordedEvent<EventOf<typeof keyIssued>>): Identity {
  const { actor: _actor, ...key } = event.data;
  const known = before.kind === 'key' ? before : undefined;
  return {
    kind: 'key',
    ...key,
    tenantId: event.tenantId,
    revokedAt: known?.revokedAt ?? null,
    createdAt: known?.createdAt ?? event.at,
    sequence: event.sequence,
  };
}

function knownKey(identity: Identity, keyId: KeyId): Key {
  if (identity.kind !== 'key') throw new Error(`the key ${keyId} was never issued`);
  return identity;
}

/** The limits of a key were replaced. Throws when the key was never issued. */
export function limitKey(before: Identity, event: RecordedEvent<EventOf<typeof keyLimited>>): Identity {
  const { keyId, models, requestsPerMinute, tokensPerMinute, concurrentRequests } = event.data;
  return { ...knownKey(before, keyId), models, requestsPerMinute, tokensPerMinute, concurrentRequests, sequence: event.sequence };
}

/** A key stopped working, for good; the first revocation's time stays. Throws when the key was never issued. */
export function revokeKey(before: Identity, event: RecordedEvent<EventOf<typeof keyRevoked>>): Identity {
  const key = knownKey(before, event.data.keyId);
  return { ...key, revokedAt: key.revokedAt ?? event.at, sequence: event.sequence };
}
