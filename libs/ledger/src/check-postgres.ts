/** Wallets, open holds and transactions in Postgres against the fold: every row, every column. */
import type { Postgres, SqlSession } from '@lurus/projection/postgres/open-postgres';
import type { ClaimOf } from './claims.ts';
import { type Fields, fieldsOf, firstDifference } from './fields.ts';
import type { Finding } from './finding.ts';
import type { MoneyEvent, Movement, OpenHold } from './movement.ts';
import type { Oracle } from './oracle.ts';
import { checkWallets, type WalletCheck, type WalletRow } from './wallet-check.ts';

/** Postgres as it was at one moment; a wallet and its holds belong together. */
export interface PostgresSnapshot {
  readonly wallets: ReadonlyMap<string, WalletRow>;
  readonly holds: ReadonlyMap<string, Fields>;
}

type Row = Readonly<Record<string, bigint | number | string | boolean | null>>;

const WALLETS = 'wallet_id, tenant_id, user_id, available_nanos, held_nanos, credited_nanos, spent_nanos, lost_nanos, sequence, updated_at';
const HOLDS = 'request_id, wallet_id, key_id, user_id, model, amount_nanos, price_version, placed_at, expires_at, sequence';
const TRANSACTIONS =
  'sequence, event_id, tenant_id, wallet_id, event_name, request_id, amount_nanos, available_delta, held_delta, loss_nanos, available_after, held_after, reason, reference, actor, at';

/** Reads wallets and holds as of one moment. */
export const readPostgres = (postgres: Postgres): Promise<PostgresSnapshot> =>
  postgres.transaction(async (session: SqlSession) => {
    await session.script('set transaction isolation level repeatable read');
    const wallets = (await session.query<Row>(`select ${WALLETS} from wallets`)).rows;
    const holds = (await session.query<Row>(`select ${HOLDS} from holds`)).rows;
    return {
      wallets: new Map(wallets.map((row) => [String(row['wallet_id']), { sequence: Number(row['sequence']), fields: fieldsOf(row) }])),
      holds: new Map(holds.map((row) => [String(row['request_id']), fieldsOf(row)])),
    };
  });

const wantedWallet = ({ account, event }: Movement): Fields =>
  fieldsOf({
    wallet_id: event.data.walletId,
    tenant_id: event.tenantId,
    user_id: account.userId,
    available_nanos: account.available,
    held_nanos: account.held,
    credited_nanos: account.credited,
    spent_nanos: account.spent,
    lost_nanos: account.lost,
    sequence: event.sequence,
    updated_at: event.at,
  });

function wantedHold({ nanos, event }: OpenHold): Fields {
  const { requestId, walletId, keyId, userId, model, priceVersion, expiresAt } = event.data;
  return fieldsOf({
    request_id: requestId,
    wallet_id: walletId,
    key_id: keyId,
    user_id: userId,
    model,
    amount_nanos: nanos,
    price_version: priceVersion,
    placed_at: event.at,
    expires_at: expiresAt,
    sequence: event.sequence,
  });
}

/** A transaction's reason begins with a word where its event did something else than its name says. */
const reasonOf = ({ event, deviation }: Movement): string => {
  const reason = 'reason' in event.data ? event.data.reason : '';
  return [deviation, reason].filter((part) => part !== '').join(': ');
};

function wantedTransaction(movement: Movement): Fields {
  const { event, account, amount, availableDelta, heldDelta, loss } = movement;
  return fieldsOf({
    event_id: event.id,
    tenant_id: event.tenantId,
    wallet_id: event.data.walletId,
    event_name: event.name,
    request_id: 'requestId' in event.data ? event.data.requestId : '',
    amount_nanos: amount,
    available_delta: availableDelta,
    held_delta: heldDelta,
    loss_nanos: loss,
    available_after: account.available,
    held_after: account.held,
    reason: reasonOf(movement),
    reference: 'reference' in event.data ? event.data.reference : '',
    actor: 'actor' in event.data ? event.data.actor : event.source,
    at: event.at,
  });
}

/** A check of Postgres, told the fold as it goes. */
export interface PostgresCheck extends WalletCheck {
  /** Compares the transactions of a run of sequences. `wanted` comes from `transactionOf`, taken when each movement was made. */
  readonly transactions: (range: { readonly first: number; readonly last: number; readonly wanted: readonly Wanted[] }) => Promise<void>;
  /** To be told at the end what is still open. */
  readonly holds: (oracle: Oracle) => void;
}

/** What one transaction has to be. */
export interface Wanted {
  readonly movement: Movement;
  readonly fields: Fields;
}

/** The transaction of a movement; the account goes on moving, so it is written down at once. */
export const transactionOf = (movement: Movement): Wanted => ({ movement, fields: wantedTransaction(movement) });

type OnFinding = (finding: Finding) => void;

const find = (onFinding: OnFinding, event: MoneyEvent, at: { readonly key: string; readonly says: string }): void =>
  onFinding({ place: 'postgres', stream: event.stream, sequence: event.sequence, eventId: event.id, ...at });

/** Starts a check of what was read. */
export function checkPostgres(input: {
  readonly postgres: Postgres;
  readonly snapshot: PostgresSnapshot;
  readonly claimOf: ClaimOf;
  readonly onFinding: OnFinding;
}): PostgresCheck {
  const { postgres, snapshot, onFinding } = input;
  const claimOf = (partition: number): number => input.claimOf('wallets', partition);
  const wallets = checkWallets({ place: 'postgres', name: 'wallets', rows: snapshot.wallets, wanted: wantedWallet, claimOf, onFinding });
  const unmet = new Map(snapshot.holds);
  /** A hold stands in Postgres if it was placed, and not ended, when its wallet's row was written. */
  const meet = (hold: OpenHold): void => {
    const { requestId, walletId } = hold.event.data;
    if (hold.event.sequence > (snapshot.wallets.get(walletId)?.sequence ?? 0)) return;
    const row = unmet.get(requestId);
    unmet.delete(requestId);
    if (!row) return find(onFinding, hold.event, { key: 'holds.request_id', says: `the hold of request ${requestId} is not there` });
    const difference = firstDifference(row, wantedHold(hold));
    if (difference)
      find(onFinding, hold.event, { key: `holds.${difference.name}`, says: `request ${requestId}: ${difference.name} ${difference.says}` });
  };
  return {
    after: (movement) => {
      wallets.after(movement);
      const { event, ended } = movement;
      if (ended && event.sequence > (snapshot.wallets.get(event.data.walletId)?.sequence ?? 0)) meet(ended);
    },
    holds: (oracle) => {
      for (const hold of oracle.open.values()) meet(hold);
    },
    finish: () => {
      wallets.finish();
      for (const [requestId, row] of unmet) {
        const says = `a hold for request ${requestId} is there that no event explains: placed at ${row['sequence']}`;
        onFinding({
          place: 'postgres',
          stream: 'BILLING_EVENTS',
          sequence: Number(row['sequence']),
          eventId: '',
          key: 'holds.request_id',
          says,
        });
      }
    },
    transactions: (range) => compareTransactions({ ...range, postgres, claimOf, onFinding }),
  };
}

interface TransactionsInput {
  readonly postgres: Postgres;
  readonly first: number;
  readonly last: number;
  readonly wanted: readonly Wanted[];
  readonly claimOf: (partition: number) => number;
  readonly onFinding: OnFinding;
}

/** Transactions are never changed, so each can be compared whenever its event was folded. */
async function compareTransactions(input: TransactionsInput): Promise<void> {
  const { postgres, first, last, wanted, claimOf, onFinding } = input;
  const { rows } = await postgres.query<Row>(`select ${TRANSACTIONS} from transactions where sequence between $1 and $2`, [first, last]);
  const found = new Map(rows.map((row) => [Number(row['sequence']), fieldsOf(row)]));
  for (const { movement, fields } of wanted) {
    const { sequence, partition } = movement.event;
    const row = found.get(sequence);
    found.delete(sequence);
    if (!row) {
      if (sequence <= claimOf(partition))
        find(onFinding, movement.event, { key: 'transactions.sequence', says: `the transaction of event ${sequence} is not there` });
      continue;
    }
    const difference = firstDifference(row, fields);
    if (difference)
      find(onFinding, movement.event, {
        key: `transactions.${difference.name}`,
        says: `transaction ${sequence}: ${difference.name} ${difference.says}`,
      });
  }
  for (const [sequence, row] of found) {
    const says = `transaction ${sequence} is there, and the stream has no event about money at it`;
    onFinding({
      place: 'postgres',
      stream: 'BILLING_EVENTS',
      sequence,
      eventId: row['event_id'] ?? '',
      key: 'transactions.sequence',
      says,
    });
  }
}
