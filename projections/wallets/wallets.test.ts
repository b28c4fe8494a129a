import { instantOf } from '@lurus/base/clock';
import { type EventId, type KeyId, type ProviderId, type RequestId, unchecked, type UserId, type WalletId } from '@lurus/base/ids';
import { nanos } from '@lurus/base/money';
import { holdExpired, holdPlaced, holdReleased, usageSettled, walletAdjusted, walletCredited } from '@lurus/events/catalogue/billing';
import { given, told, toldPoison } from '@lurus/projection/spec';
import type { ToldExtras } from '@lurus/projection/told';
import { test } from 'vitest';
import { wallets } from './projection.ts';

const walletId = unchecked<WalletId>('01KAQ4V0H0WA11ET0000000001');
const otherWallet = unchecked<WalletId>('01KAQ4V0H0WA11ET0000000002');
const userId = unchecked<UserId>('01KAQ4V0H0VSER000000000001');
const requestId = unchecked<RequestId>('01KAQ4V0H0REQVEST000000001');
const keyId = unchecked<KeyId>('Ab3dEf7h');
const priceVersion = unchecked<EventId>('01KAQ4V0H0PR1CE00000000001');
const eventId = unchecked<EventId>('01KAQ4V0H0EVENT00000000001');
const expiresAt = instantOf(Date.UTC(2026, 10, 23, 9));

const credited = (amount: bigint, more: { readonly reference?: string; readonly walletId?: WalletId } & ToldExtras = {}) => {
  const { reference = '', walletId: other = walletId, ...extras } = more;
  return told(
    walletCredited,
    { walletId: other, userId, amountNanos: nanos(amount), reason: 'top-up', reference, actor: 'operator' },
    extras,
  );
};
const adjusted = (amount: bigint) =>
  told(walletAdjusted, { walletId, userId, amountNanos: nanos(amount), reason: 'correction', reference: '', actor: 'operator' });
const held = (amount: bigint, extras: ToldExtras = {}) =>
  told(holdPlaced, { requestId, walletId, userId, keyId, model: 'm', priceVersion, amountNanos: nanos(amount), expiresAt }, extras);
const released = () => told(holdReleased, { requestId, walletId, reason: 'upstream_refused' });
const expired = () => told(holdExpired, { requestId, walletId, expiredAt: expiresAt });
const settled = (amount: bigint) =>
  told(usageSettled, {
    requestId,
    walletId,
    userId,
    keyId,
    attempt: 1,
    dialect: 'anthropic',
    providerId: unchecked<ProviderId>('01KAQ4V0H0PR0V1DER00000001'),
    provider: 'p',
    model: 'm',
    upstreamModel: 'm',
    servedModel: null,
    priceVersion,
    inputTokens: 1,
    cacheReadTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    outputTokens: 1,
    reasoningTokens: 0,
    lines: [],
    amountNanos: nanos(amount),
    isEstimated: false,
    reason: 'complete',
  });

/** The latest transaction, after the ones before it. */
const last = (before: number, row: object) => [...Array.from({ length: before }, () => ({})), row];

test('a settlement returns what the hold did not use', () =>
  given(wallets, [credited(5_000n), held(2_000n)])
    .when([settled(1_250n)])
    .then({
      states: [{ availableNanos: 3_750n, heldNanos: 0n, spentNanos: 1_250n, lostNanos: 0n }],
      rows: { holds: [], transactions: last(2, { available_delta: 750n, held_delta: -2_000n, loss_nanos: 0n, reason: 'complete' }) },
    }));

test('a hold moves money from available to held and stands among the open holds', () =>
  given(wallets, [credited(5_000n)])
    .when([held(2_000n)])
    .then({
      states: [{ availableNanos: 3_000n, heldNanos: 2_000n, creditedNanos: 5_000n }],
      rows: { holds: [{ request_id: requestId, amount_nanos: 2_000n, expires_at: expiresAt, sequence: 2 }] },
    }));

test('a hold takes at most what is available and says that it was short', () =>
  given(wallets, [credited(500n)])
    .when([held(2_000n)])
    .then({
      states: [{ availableNanos: 0n, heldNanos: 500n }],
      rows: { holds: [{ amount_nanos: 500n }], transactions: last(1, { amount_nanos: 2_000n, held_delta: 500n, reason: 'short' }) },
    }));

test('a settlement above its hold takes the rest from what is available', () =>
  given(wallets, [credited(5_000n), held(1_000n)])
    .when([settled(3_000n)])
    .then([{ availableNanos: 2_000n, heldNanos: 0n, spentNanos: 3_000n, lostNanos: 0n }]));

test('what a wallet cannot pay is the loss of the house, never a debt', () =>
  given(wallets, [credited(1_500n), held(1_000n)])
    .when([settled(4_000n)])
    .then({
      states: [{ availableNanos: 0n, heldNanos: 0n, spentNanos: 1_500n, lostNanos: 2_500n }],
      rows: { transactions: last(2, { loss_nanos: 2_500n, available_after: 0n, held_after: 0n }) },
    }));

test('a released hold returns whole', () =>
  given(wallets, [credited(5_000n), held(2_000n)])
    .when([released()])
    .then({
      states: [{ availableNanos: 5_000n, heldNanos: 0n, spentNanos: 0n }],
      rows: { holds: [], transactions: last(2, { amount_nanos: 2_000n, reason: 'upstream_refused' }) },
    }));

test('a usage that is settled after its hold expired is charged from what is available, and marked late', () =>
  given(wallets, [credited(2_000n), held(1_500n), expired()])
    .when([settled(2_400n)])
    .then({
      states: [{ availableNanos: 0n, spentNanos: 2_000n, lostNanos: 400n }],
      rows: { transactions: last(3, { reason: 'late: complete', available_delta: -2_000n, held_delta: 0n }) },
    }));

test.each([
  ['settlement', [settled(300n)], settled(300n), { availableNanos: 4_700n, spentNanos: 300n }, 'repeated: complete'],
  ['settlement after a release', [released()], settled(300n), { availableNanos: 5_000n, spentNanos: 0n }, 'repeated: complete'],
  ['release after a settlement', [settled(300n)], released(), { availableNanos: 4_700n, spentNanos: 300n }, 'repeated: upstream_refused'],
  ['expiry after a settlement', [settled(300n)], expired(), { availableNanos: 4_700n, spentNanos: 300n }, 'repeated'],
  ['settlement after a late one', [expired(), settled(300n)], settled(300n), { availableNanos: 4_700n }, 'repeated: complete'],
] as const)('a second end of a request changes nothing: %s', (_name, ends, again, state, reason) =>
  given(wallets, [credited(5_000n), held(1_000n), ...ends])
    .when([again])
    .then({
      states: [{ heldNanos: 0n, ...state }],
      rows: { transactions: last(2 + ends.length, { reason, available_delta: 0n, held_delta: 0n, loss_nanos: 0n }) },
    }),
);

test('a usage whose hold never arrived is charged all the same', () =>
  given(wallets, [credited(1_000n)])
    .when([settled(300n)])
    .then({ states: [{ availableNanos: 700n }], rows: { transactions: last(1, { reason: 'unheld: complete' }) } }));

test('a hold that arrives after the end of its request reserves nothing', () =>
  given(wallets, [credited(1_000n), released()])
    .when([held(400n)])
    .then({ states: [{ availableNanos: 1_000n, heldNanos: 0n }], rows: { holds: [], transactions: last(2, { reason: 'repeated' }) } }));

test('a request that holds twice holds once', () =>
  given(wallets, [credited(1_000n), held(400n)])
    .when([held(400n)])
    .then({ states: [{ availableNanos: 600n, heldNanos: 400n }], rows: { holds: [{ sequence: 2 }] } }));

test('the same reference is credited once', () =>
  given(wallets, [credited(1_000n, { reference: 'payment 1' })])
    .when([credited(1_000n, { reference: 'payment 1' }), credited(500n, { reference: 'payment 2' }), credited(50n), credited(50n)])
    .then({
      states: [{ availableNanos: 1_600n, creditedNanos: 1_600n }],
      rows: { transactions: [{}, { reason: 'repeated: top-up', available_delta: 0n }, {}, {}, {}] },
    }));

test('a correction may take away, at most what is available', () =>
  given(wallets, [credited(1_000n), held(400n)])
    .when([adjusted(-900n)])
    .then({
      states: [{ availableNanos: 0n, heldNanos: 400n, creditedNanos: 400n }],
      rows: { transactions: last(2, { amount_nanos: -900n, available_delta: -600n, reason: 'short: correction' }) },
    }));

test('an event that was stored twice counts once', () =>
  given(wallets, [credited(1_000n, { id: eventId })])
    .when([credited(1_000n, { id: eventId })])
    .then({ states: [{ availableNanos: 1_000n }], rows: { transactions: [{ sequence: 1 }] } }));

test('a poison event freezes its wallet, whose later events wait; other wallets go on', () =>
  given(wallets, [credited(1_000n), credited(1_000n, { walletId: otherWallet })])
    .when([
      toldPoison({ subject: `billing.3.wallet.credited.main.${walletId}`, error: 'no JSON' }),
      credited(1_000n),
      credited(500n, { walletId: otherWallet }),
    ])
    .then({
      states: [{ availableNanos: 1_000n }, { availableNanos: 1_500n }],
      rows: { transactions: [{ sequence: 1 }, { sequence: 2 }, { sequence: 5 }] },
      parked: [3, 4],
      frozen: [walletId],
    }));

test('the bucket has what each wallet has, and says when it is frozen', () =>
  given(wallets, [credited(1_000n), held(400n), credited(5n, { walletId: otherWallet })])
    .when([toldPoison({ subject: `billing.3.wallet.credited.main.${walletId}`, error: 'no JSON' })])
    .then({
      bucket: {
        [walletId]: { kind: 'balance', availableNanos: 600n, heldNanos: 400n, isFrozen: true, sequence: 2 },
        [otherWallet]: { kind: 'balance', availableNanos: 5n, heldNanos: 0n, isFrozen: false, sequence: 3 },
      },
      parked: [4],
      frozen: [walletId],
    }));
