/** Wallets as the view shows them, with the stream position that each figure is true at. */
import { assert } from '@lurus/base/assert';
import type { Instant } from '@lurus/base/clock';
import type { EventId, TenantId, WalletId } from '@lurus/base/ids';
import type { Nanos } from '@lurus/base/money';
import { partitionOfToken } from '@lurus/events/partition';
import { wallets } from '@lurus/projections/wallets/projection';
import { billingEvents } from '@lurus/streams/billing-events';
import type { Billing } from './billing.ts';
import type { User } from './users.ts';

export interface Wallet {
  readonly availableNanos: Nanos;
  readonly heldNanos: Nanos;
  readonly creditedNanos: Nanos;
  readonly spentNanos: Nanos;
  readonly lostNanos: Nanos;
  readonly isFrozen: boolean;
  readonly updatedAt: Instant | null;
  /** Everything in the wallet's partition of BILLING_EVENTS up to here is in these figures. */
  readonly position: number;
}

interface WalletRow {
  readonly available_nanos: Nanos;
  readonly held_nanos: Nanos;
  readonly credited_nanos: Nanos;
  readonly spent_nanos: Nanos;
  readonly lost_nanos: Nanos;
  readonly is_frozen: boolean;
  readonly updated_at: Instant | null;
  readonly position: number;
}

export interface Transaction {
  readonly sequence: number;
  readonly eventId: EventId;
  readonly tenantId: TenantId;
  readonly walletId: WalletId;
  readonly eventName: string;
  readonly requestId: string | null;
  readonly amountNanos: Nanos;
  readonly availableDelta: Nanos;
  readonly heldDelta: Nanos;
  readonly lossNanos: Nanos;
  readonly availableAfter: Nanos;
  readonly heldAfter: Nanos;
  readonly reason: string;
  readonly reference: string;
  readonly actor: string;
  readonly at: Instant;
}

interface TransactionRow {
  readonly sequence: number;
  readonly event_id: EventId;
  readonly tenant_id: TenantId;
  readonly wallet_id: WalletId;
  readonly event_name: string;
  readonly request_id: string | null;
  readonly amount_nanos: Nanos;
  readonly available_delta: Nanos;
  readonly held_delta: Nanos;
  readonly loss_nanos: Nanos;
  readonly available_after: Nanos;
  readonly held_after: Nanos;
  readonly reason: string;
  readonly reference: string;
  readonly actor: string;
  readonly at: Instant;
}

const TRANSACTION_COLUMNS = `sequence, event_id, tenant_id, wallet_id, event_name, request_id, amount_nanos, available_delta, held_delta,
  loss_nanos, available_after, held_after, reason, reference, actor, at`;

const transactionOf = (row: TransactionRow): Transaction => ({
  sequence: row.sequence,
  eventId: row.event_id,
  tenantId: row.tenant_id,
  walletId: row.wallet_id,
  eventName: row.event_name,
  requestId: row.request_id,
  amountNanos: row.amount_nanos,
  availableDelta: row.available_delta,
  heldDelta: row.held_delta,
  lossNanos: row.loss_nanos,
  availableAfter: row.available_after,
  heldAfter: row.held_after,
  reason: row.reason,
  reference: row.reference,
  actor: row.actor,
  at: row.at,
});

/** The wallet of a user, zero where nothing ever happened to it. The figures and their position come from one snapshot. */
export async function readWallet(billing: Pick<Billing, 'views'>, user: Pick<User, 'walletId'>): Promise<Wallet> {
  const { rows } = await billing.views.query<WalletRow>(
    `select coalesce(w.available_nanos, 0) as available_nanos, coalesce(w.held_nanos, 0) as held_nanos,
       coalesce(w.credited_nanos, 0) as credited_nanos, coalesce(w.spent_nanos, 0) as spent_nanos, coalesce(w.lost_nanos, 0) as lost_nanos,
       coalesce(w.is_frozen, false) as is_frozen, w.updated_at,
       coalesce((select p.sequence from lurus.positions p join lurus.active_versions v using (projection, version)
         where p.projection = $2 and p.stream = $3 and p.partition = $4), 0) as position
     from (select $1::text as wallet_id) asked left join wallets w using (wallet_id)`,
    [user.walletId, wallets.name, billingEvents.name, partitionOfToken(user.walletId)],
  );
  const [row] = rows;
  assert(row !== undefined, 'a left join of one row gives one row');
  return {
    availableNanos: row.available_nanos,
    heldNanos: row.held_nanos,
    creditedNanos: row.credited_nanos,
    spentNanos: row.spent_nanos,
    lostNanos: row.lost_nanos,
    isFrozen: row.is_frozen,
    updatedAt: row.updated_at,
    position: row.position,
  };
}

/** A page of what happened to a wallet, latest first. */
export async function listTransactions(
  billing: Pick<Billing, 'views'>,
  page: { readonly walletId: WalletId; readonly before: number | undefined; readonly limit: number },
): Promise<Transaction[]> {
  const { rows } = await billing.views.query<TransactionRow>(
    `select ${TRANSACTION_COLUMNS} from transactions
     where wallet_id = $1 and ($2::bigint is null or sequence < $2) order by sequence desc limit $3`,
    [page.walletId, page.before ?? null, page.limit],
  );
  return rows.map(transactionOf);
}

/** The transaction that an event came to, or undefined while the view does not have it. */
export async function findTransaction(billing: Pick<Billing, 'views'>, eventId: EventId): Promise<Transaction | undefined> {
  const { rows } = await billing.views.query<TransactionRow>(`select ${TRANSACTION_COLUMNS} from transactions where event_id = $1`, [
    eventId,
  ]);
  return rows[0] && transactionOf(rows[0]);
}

/** The transaction that corrected this wallet under this reference, or undefined. */
export async function findAdjustmentOf(
  billing: Pick<Billing, 'views'>,
  adjustment: { readonly walletId: WalletId; readonly reference: string },
): Promise<Transaction | undefined> {
  const { rows } = await billing.views.query<TransactionRow>(
    `select ${TRANSACTION_COLUMNS} from transactions
     where wallet_id = $1 and reference = $2 and event_name = 'wallet.adjusted' order by sequence limit 1`,
    [adjustment.walletId, adjustment.reference],
  );
  return rows[0] && transactionOf(rows[0]);
}

/** The transaction that credited this reference to this wallet, or undefined. */
export async function findCreditOf(
  billing: Pick<Billing, 'views'>,
  credit: { readonly walletId: WalletId; readonly reference: string },
): Promise<Transaction | undefined> {
  // In the words of the index `transactions_by_reference`, so that it is used.
  const { rows } = await billing.views.query<TransactionRow>(
    `select ${TRANSACTION_COLUMNS} from transactions
     where wallet_id || ':' || reference = $1 and event_name = 'wallet.credited' and reference <> '' order by sequence limit 1`,
    [`${credit.walletId}:${credit.reference}`],
  );
  return rows[0] && transactionOf(rows[0]);
}
