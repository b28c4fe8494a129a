/** Issuing, limiting and revoking API keys. The secret exists in this process from its making to the answer, and nowhere afterwards. */
import { createApiKey, derivedKeyId, digestOf } from '@lurus/base/api-key';
import { type Instant, instantOf } from '@lurus/base/clock';
import { type EventId, type KeyId, type TenantId, EventIdSchema } from '@lurus/base/ids';
import { keyIssued, keyLimited, keyRevoked } from '@lurus/events/catalogue/identity';
import type { EventOf } from '@lurus/events/event';
import { appendOnce } from '@lurus/journal/append-once';
import { type EventReference, becomesVisible, commandCause, commandEventId, refuseAnotherCommand } from '@lurus/service/command';
import { identityEvents } from '@lurus/streams/identity-events';
import { ACTOR, type Billing } from './billing.ts';
import { type Key, type KeyLimits, findKey, requireKey } from './keys.ts';
import { keyRevoked as keyIsRevoked } from './problems.ts';
import { type User, requireUser } from './users.ts';

export interface IssueKey extends KeyLimits {
  readonly tenantId: TenantId;
  readonly userName: string;
  readonly label: string;
  readonly expiresAt: Instant | null;
  readonly idempotencyKey: string | undefined;
}

export interface KeyOutcome {
  readonly key: Key;
  readonly event: EventReference;
  readonly isApplied: boolean;
  readonly wasThere: boolean;
}

/** `secret` is null for a repeat: it was shown once, to the first. */
export type IssuedKey = KeyOutcome & { readonly secret: string | null };

type IssuedData = EventOf<typeof keyIssued>['data'];

const OPERATION = 'issue-key';

/** Issues a key to a user. With an idempotency key its public part is derived from that, so that a repeat finds the key of the first. */
export async function issueKey(billing: Billing, command: IssueKey): Promise<IssuedKey> {
  const { tenantId, idempotencyKey } = command;
  const user = await requireUser(billing, tenantId, command.userName);
  if (idempotencyKey === undefined)
    return issueInTurn(billing, { command, user, id: EventIdSchema.parse(billing.ids.ulid()), keyId: undefined });
  const name = { tenantId, operation: OPERATION, idempotencyKey };
  const keyId = derivedKeyId(commandCause(name));
  return billing.inTurn(`key ${keyId}`, () => issueInTurn(billing, { command, user, id: commandEventId(name), keyId }));
}

interface Issue {
  readonly command: IssueKey;
  readonly user: User;
  readonly id: EventId;
  /** Given for a command that may be a repeat. */
  readonly keyId: KeyId | undefined;
}

async function issueInTurn(billing: Billing, issue: Issue): Promise<IssuedKey> {
  const { command, user, id } = issue;
  const earlier = issue.keyId === undefined ? undefined : await findKey(billing, issue.keyId);
  if (earlier) return repeatedIssue(billing, { issue, earlier });
  const { keyId, secret } = createApiKey(issue.keyId);
  const data: IssuedData = { ...askedOf(issue), keyId, walletId: user.walletId, digest: digestOf(secret, billing.keyPepper), actor: ACTOR };
  const appended = await appendOnce(billing, { definition: keyIssued, stream: identityEvents, id, tenantId: command.tenantId, data });
  // Another process may have issued this key a moment ago: then its digest stands in the stream, and ours opens nothing.
  refuseAnotherCommand({ operation: OPERATION, recorded: appended.recorded, asked: askedOf(issue) });
  const { key, isApplied } = await shown(billing, { keyId, event: appended.event });
  const fresh: Key = {
    ...askedOf(issue),
    keyId,
    tenantId: command.tenantId,
    walletId: user.walletId,
    ...pending(billing, user, appended.event),
  };
  return { key: key ?? fresh, secret: appended.wasThere ? null : secret, event: appended.event, isApplied, wasThere: appended.wasThere };
}

/** What the caller decided about the key, as its event has it. */
const askedOf = ({ command, user }: Issue) => ({
  userId: user.userId,
  label: command.label,
  models: command.models,
  requestsPerMinute: command.requestsPerMinute,
  tokensPerMinute: command.tokensPerMinute,
  concurrentRequests: command.concurrentRequests,
  expiresAt: command.expiresAt,
});

/** What the view will say of a key that it does not show yet. */
const pending = (billing: Billing, user: User, event: EventReference) => ({
  userName: user.name,
  revokedAt: null,
  createdAt: instantOf(billing.clock.nowMs()),
  sequence: event.sequence,
});

/**
 * A repeat long after the first: the stream no longer recognises the event id, but the view has the key. Its limits may have been changed
 * since, so they are compared only where nothing but the issue has happened to it.
 */
async function repeatedIssue(billing: Billing, { issue, earlier }: { readonly issue: Issue; readonly earlier: Key }): Promise<IssuedKey> {
  const last = await billing.connection.eventAt(identityEvents, earlier.sequence);
  const isUntouched = last?.outcome === 'event' && last.event.id === issue.id;
  const { userId, label, expiresAt, ...limits } = askedOf(issue);
  const asked = isUntouched ? { userId, label, expiresAt, ...limits } : { userId, label, expiresAt };
  refuseAnotherCommand({ operation: OPERATION, recorded: earlier, asked });
  const event = { id: issue.id, stream: identityEvents.name, sequence: earlier.sequence };
  return { key: earlier, secret: null, event, isApplied: true, wasThere: true };
}

/** Waits until the gateways see the event, then reads the key. */
async function shown(
  billing: Billing,
  { keyId, event }: { readonly keyId: KeyId; readonly event: EventReference },
): Promise<{ readonly key: Key | undefined; readonly isApplied: boolean }> {
  const isApplied = await becomesVisible(() => (billing.keys.get(keyId)?.sequence ?? 0) >= event.sequence);
  return { key: await findKey(billing, keyId), isApplied };
}

export interface LimitKey {
  readonly keyId: KeyId;
  /** What is to change; the rest stays as it is. */
  readonly limits: { readonly [Name in keyof KeyLimits]?: KeyLimits[Name] | undefined };
  readonly idempotencyKey: string | undefined;
}

/** Changes limits of a living key; those not named stay. */
export function limitKey(billing: Billing, command: LimitKey): Promise<KeyOutcome> {
  const { keyId } = command;
  return billing.inTurn(`key ${keyId}`, async () => {
    const key = await requireKey(billing, keyId);
    if (key.revokedAt !== null) throw keyIsRevoked({ keyId, at: key.revokedAt });
    const data = { keyId, userId: key.userId, ...mergedLimits(key, command.limits), actor: ACTOR };
    const id = eventIdFor(billing, { key, operation: `limit-key ${keyId}`, idempotencyKey: command.idempotencyKey });
    const appended = await appendOnce(billing, { definition: keyLimited, stream: identityEvents, id, tenantId: key.tenantId, data });
    refuseAnotherCommand({ operation: 'limit-key', recorded: appended.recorded, asked: given(command.limits) });
    const { key: after, isApplied } = await shown(billing, { keyId, event: appended.event });
    return { key: after ?? key, event: appended.event, isApplied, wasThere: appended.wasThere };
  });
}

/** What the caller named; the rest of the event came from the key as it was then. */
const given = (limits: LimitKey['limits']): Partial<KeyLimits> =>
  Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));

const mergedLimits = (key: Key, limits: LimitKey['limits']): KeyLimits => ({
  models: limits.models ?? key.models,
  requestsPerMinute: limits.requestsPerMinute === undefined ? key.requestsPerMinute : limits.requestsPerMinute,
  tokensPerMinute: limits.tokensPerMinute === undefined ? key.tokensPerMinute : limits.tokensPerMinute,
  concurrentRequests: limits.concurrentRequests === undefined ? key.concurrentRequests : limits.concurrentRequests,
});

/** Revokes a key for good. Revoking a revoked key does nothing and answers with the event that revoked it. */
export function revokeKey(billing: Billing, command: { readonly keyId: KeyId; readonly reason: string }): Promise<KeyOutcome> {
  const { keyId } = command;
  return billing.inTurn(`key ${keyId}`, async () => {
    const key = await requireKey(billing, keyId);
    if (key.revokedAt !== null) return { key, event: await lastEventOf(billing, key), isApplied: true, wasThere: true };
    const data = { keyId, userId: key.userId, reason: command.reason, actor: ACTOR };
    const id = EventIdSchema.parse(billing.ids.ulid());
    const appended = await appendOnce(billing, { definition: keyRevoked, stream: identityEvents, id, tenantId: key.tenantId, data });
    const { key: after, isApplied } = await shown(billing, { keyId, event: appended.event });
    return { key: after ?? key, event: appended.event, isApplied, wasThere: appended.wasThere };
  });
}

async function lastEventOf(billing: Billing, key: Key): Promise<EventReference> {
  const found = await billing.connection.eventAt(identityEvents, key.sequence);
  const id = found?.outcome === 'event' ? found.event.id : '';
  return { id, stream: identityEvents.name, sequence: key.sequence };
}

const eventIdFor = (
  billing: Billing,
  input: { readonly key: Key; readonly operation: string; readonly idempotencyKey: string | undefined },
): EventId =>
  input.idempotencyKey === undefined
    ? EventIdSchema.parse(billing.ids.ulid())
    : commandEventId({ tenantId: input.key.tenantId, operation: input.operation, idempotencyKey: input.idempotencyKey });
