/** How wallets stand in Postgres: their tables, the rows that one event makes, and the way back. */
import { unreachable } from '@lurus/base/assert';
import type { Instant } from '@lurus/base/clock';
import type { EventId, KeyId, RequestId, TenantId, UserId, WalletId } from '@lurus/base/ids';
import { type Nanos, nanos } from '@lurus/base/money';
import type { Change, ReadEvents } from '@lurus/projection/define-projection';
import { defineTable, type RowChange } from '@lurus/projection/table';
import type { billingEvents } from '@lurus/streams/billing-events';
import type { Hold, Matter, Wallet } from './wallet.ts';

type BillingEvent = ReadEvents<readonly [typeof billingEvents]>;

export const walletsTable = defineTable({
  name: 'wallets',
  key: ['wallet_id'],
  columns: {
    wallet_id: 'text',
    tenant_id: 'text',
    user_id: 'text',
    available_nanos: 'numeric',
    held_nanos: 'numeric',
    credited_nanos: 'numeric',
    spent_nanos: 'numeric',
    lost_nanos: 'numeric',
    sequence: 'bigint',
    updated_at: 'timestamptz',
  },
});

export const holdsTable = defineTable({
  name: 'holds',
  key: ['request_id'],
  columns: {
    request_id: 'text',
    wallet_id: 'text',
    tenant_id: 'text',
    key_id: 'text',
    user_id: 'text',
    model: 'text',
    amount_nanos: 'numeric',
    price_version: 'text',
    placed_at: 'timestamptz',
    expires_at: 'timestamptz',
    sequence: 'bigint',
    event_id: 'text',
  },
});

export const transactionsTable = defineTable({
  name: 'transactions',
  key: ['sequence'],
  isEventLog: true,
  columns: {
    sequence: 'bigint',
    event_id: 'text',
    tenant_id: 'text',
    wallet_id: 'text',
    event_name: 'text',
    request_id: 'text',
    amount_nanos: 'numeric',
    available_delta: 'numeric',
    held_delta: 'numeric',
    loss_nanos: 'numeric',
    available_after: 'numeric',
    held_after: 'numeric',
    reason: 'text',
    reference: 'text',
    actor: 'text',
    at: 'timestamptz',
  },
});

/** References are one wallet's own, request ids are unique everywhere; an empty reference is none. */
export function partKeyOf(event: BillingEvent): string | undefined {
  switch (event.name) {
    case 'wallet.credited':
      return event.data.reference === '' ? undefined : `${event.data.walletId}:${event.data.reference}`;
    case 'wallet.adjusted':
      return undefined;
    case 'hold.placed':
    case 'hold.released':
    case 'hold.expired':
    case 'usage.settled':
      return event.data.requestId;
    default:
      return unreachable(event, 'event about money');
  }
}

/** What the event says it is about, in nano-dollars, whatever became of it. */
function amountOf({ event, before }: Change<Wallet, BillingEvent>): Nanos {
  if (event.name === 'hold.released' || event.name === 'hold.expired') {
    return before.matter.kind === 'held' ? before.matter.hold.amountNanos : nanos(0n);
  }
  return event.data.amountNanos;
}

/** Why an event did not do what its name says, in one word; undefined where it did. */
function deviationOf({ event, before, after }: Change<Wallet, BillingEvent>): string | undefined {
  switch (event.name) {
    case 'wallet.credited':
      return before.matter.kind === 'credited' ? 'repeated' : undefined;
    case 'wallet.adjusted':
      return after.availableNanos - before.availableNanos === event.data.amountNanos ? undefined : 'short';
    case 'hold.placed':
      if (before.matter.kind !== 'unseen') return 'repeated';
      return before.availableNanos < event.data.amountNanos ? 'short' : undefined;
    case 'hold.released':
    case 'hold.expired':
      if (before.matter.kind === 'unseen') return 'unheld';
      return before.matter.kind === 'held' ? undefined : 'repeated';
    case 'usage.settled':
      if (before.matter.kind === 'unseen') return 'unheld';
      if (before.matter.kind === 'held') return undefined;
      return before.matter.kind === 'ended' && before.matter.how === 'expired' ? 'late' : 'repeated';
    default:
      return unreachable(event, 'event about money');
  }
}

/**
 * The event's own reason; before it, where the event did something else than its name says, one word: `late` (its hold had expired), `repeated`
 * (its request had ended, its reference had been credited: nothing changed), `unheld` (no hold was known), `short` (the wallet had less).
 */
function reasonOf(change: Change<Wallet, BillingEvent>): string {
  const { data } = change.event;
  const deviation = deviationOf(change);
  const reason = 'reason' in data ? data.reason : '';
  return [deviation, reason].filter((part) => part !== undefined && part !== '').join(': ');
}

function walletRow(wallet: Wallet): RowChange {
  return walletsTable.put({
    wallet_id: wallet.walletId,
    tenant_id: wallet.tenantId,
    user_id: wallet.userId,
    available_nanos: wallet.availableNanos,
    held_nanos: wallet.heldNanos,
    credited_nanos: wallet.creditedNanos,
    spent_nanos: wallet.spentNanos,
    lost_nanos: wallet.lostNanos,
    sequence: wallet.sequence,
    updated_at: wallet.updatedAt === '' ? null : wallet.updatedAt,
  });
}

const holdRow = (hold: Hold, event: BillingEvent): RowChange =>
  holdsTable.put({
    request_id: hold.requestId,
    wallet_id: event.data.walletId,
    tenant_id: event.tenantId,
    key_id: hold.keyId,
    user_id: hold.userId,
    model: hold.model,
    amount_nanos: hold.amountNanos,
    price_version: hold.priceVersion,
    placed_at: hold.placedAt,
    expires_at: hold.expiresAt,
    sequence: hold.sequence,
    event_id: hold.eventId,
  });

function transactionRow(change: Change<Wallet, BillingEvent>): RowChange {
  const { event, before, after } = change;
  const { data } = event;
  return transactionsTable.put({
    sequence: event.sequence,
    event_id: event.id,
    tenant_id: event.tenantId,
    wallet_id: data.walletId,
    event_name: event.name,
    request_id: 'requestId' in data ? data.requestId : null,
    amount_nanos: amountOf(change),
    available_delta: after.availableNanos - before.availableNanos,
    held_delta: after.heldNanos - before.heldNanos,
    loss_nanos: after.lostNanos - before.lostNanos,
    available_after: after.availableNanos,
    held_after: after.heldNanos,
    reason: reasonOf(change),
    reference: 'reference' in data ? data.reference : '',
    actor: 'actor' in data ? data.actor : event.source,
    at: event.at,
  });
}

/** The rows of one event: its transaction, its wallet, and its hold where that opened or closed. */
export function rowsOf(change: Change<Wallet, BillingEvent>): readonly RowChange[] {
  const { event, before, after } = change;
  const rows = [transactionRow(change), walletRow(after)];
  if (after.matter.kind === 'held' && before.matter.kind !== 'held') rows.push(holdRow(after.matter.hold, event));
  if (before.matter.kind === 'held' && after.matter.kind !== 'held') {
    rows.push(holdsTable.remove({ request_id: before.matter.hold.requestId }));
  }
  return rows;
}

/** What `load-wallets.sql` returns. */
interface WalletRow {
  readonly wallet_id: WalletId;
  readonly tenant_id: TenantId;
  readonly user_id: UserId | '';
  readonly available_nanos: Nanos;
  readonly held_nanos: Nanos;
  readonly credited_nanos: Nanos;
  readonly spent_nanos: Nanos;
  readonly lost_nanos: Nanos;
  readonly sequence: number;
  readonly updated_at: Instant;
}

/** The way back from `load-wallets.sql`; the matter comes apart. */
export const walletFromRow = (row: WalletRow): readonly [string, Wallet] => [
  row.wallet_id,
  {
    walletId: row.wallet_id,
    tenantId: row.tenant_id,
    userId: row.user_id,
    availableNanos: row.available_nanos,
    heldNanos: row.held_nanos,
    creditedNanos: row.credited_nanos,
    spentNanos: row.spent_nanos,
    lostNanos: row.lost_nanos,
    sequence: row.sequence,
    updatedAt: row.updated_at,
    matter: { kind: 'unseen' },
  },
];

/** What `load-matters.sql` returns: an open hold, or how a request ended, or a reference that was credited. */
type MatterRow =
  | {
      readonly key: string;
      readonly how: 'held';
      readonly request_id: RequestId;
      readonly key_id: KeyId;
      readonly user_id: UserId;
      readonly model: string;
      readonly amount_nanos: Nanos;
      readonly price_version: EventId;
      readonly placed_at: Instant;
      readonly expires_at: Instant;
      readonly sequence: number;
      readonly event_id: EventId;
    }
  | { readonly key: string; readonly how: 'released' | 'expired' | 'settled' | 'credited' };

/** The way back from `load-matters.sql`. */
export function matterFromRow(row: MatterRow): readonly [string, Matter] {
  if (row.how === 'credited') return [row.key, { kind: 'credited' }];
  if (row.how !== 'held') return [row.key, { kind: 'ended', how: row.how }];
  const hold: Hold = {
    requestId: row.request_id,
    keyId: row.key_id,
    userId: row.user_id,
    model: row.model,
    amountNanos: row.amount_nanos,
    priceVersion: row.price_version,
    placedAt: row.placed_at,
    expiresAt: row.expires_at,
    sequence: row.sequence,
    eventId: row.event_id,
  };
  return [row.key, { kind: 'held', hold }];
}
