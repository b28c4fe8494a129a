/** The events about one request's money, from the ClickHouse ledger, and what the wallet made of them, from Postgres. */
import type { Instant } from '@lurus/base/clock';
import type { RequestId } from '@lurus/base/ids';
import type { Nanos } from '@lurus/base/money';
import { isPostgresAway } from '@lurus/projection/postgres/open-postgres';
import { instantFrom } from './clickhouse-values.ts';
import type { Log } from './log.ts';
import { TOKEN_COLUMNS, type TokenColumns } from './token-fields.ts';

interface LineColumns {
  readonly token_class: string;
  readonly tokens: string;
  readonly picos_per_token: string;
  readonly amount_nanos: string;
}

/** One event as the ledger has it; what an event does not have is empty or zero. */
export interface LedgerRow extends TokenColumns {
  readonly stream: string;
  readonly sequence: string;
  readonly event_id: string;
  readonly event_name: string;
  readonly at: string;
  readonly tenant_id: string;
  readonly wallet_id: string;
  readonly user_id: string;
  readonly key_id: string;
  readonly amount_nanos: string;
  readonly attempt: number;
  readonly dialect: string;
  readonly provider_id: string;
  readonly provider: string;
  readonly model: string;
  readonly upstream_model: string;
  readonly served_model: string | null;
  readonly price_version: string;
  readonly lines: readonly LineColumns[];
  readonly is_estimated: boolean;
  readonly reason: string;
  readonly expires_at: string | null;
}

/** Every event about a request's money that the ledger has, in the stream's order. */
export const listLedger = (log: Pick<Log, 'statistics'>, requestId: RequestId): Promise<LedgerRow[]> =>
  log.statistics.query<LedgerRow>(
    `select stream, sequence, event_id, event_name, at, tenant_id, wallet_id, user_id, key_id, amount_nanos, attempt, dialect, provider_id,
       provider, model, upstream_model, served_model, price_version, lines, is_estimated, reason, expires_at, ${TOKEN_COLUMNS}
     from ledger_log where request_id = {request_id:String} order by sequence`,
    { request_id: requestId },
  );

/** What one event did to its wallet. */
export interface WalletMovement {
  readonly sequence: number;
  readonly eventId: string;
  readonly eventName: string;
  readonly tenantId: string;
  readonly walletId: string;
  readonly amountNanos: Nanos;
  readonly availableDelta: Nanos;
  readonly heldDelta: Nanos;
  readonly lossNanos: Nanos;
  readonly availableAfter: Nanos;
  readonly heldAfter: Nanos;
  readonly reason: string;
  readonly at: Instant;
}

interface MovementRow {
  readonly sequence: number;
  readonly event_id: string;
  readonly event_name: string;
  readonly tenant_id: string;
  readonly wallet_id: string;
  readonly amount_nanos: Nanos;
  readonly available_delta: Nanos;
  readonly held_delta: Nanos;
  readonly loss_nanos: Nanos;
  readonly available_after: Nanos;
  readonly held_after: Nanos;
  readonly reason: string;
  readonly at: Instant;
}

/** What the wallet made of a request, in the stream's order. Empty while Postgres is away: a receipt is whole without it but for one part. */
export async function listMovements(log: Pick<Log, 'views' | 'logger'>, requestId: RequestId): Promise<WalletMovement[]> {
  try {
    const { rows } = await log.views.query<MovementRow>(
      `select sequence, event_id, event_name, tenant_id, wallet_id, amount_nanos, available_delta, held_delta, loss_nanos, available_after,
         held_after, reason, at
       from transactions where request_id = $1 order by sequence`,
      [requestId],
    );
    return rows.map(movementOf);
  } catch (error) {
    if (!isPostgresAway(error)) throw error;
    log.logger.warn({ err: error }, 'answering without what the wallet did');
    return [];
  }
}

const movementOf = (row: MovementRow): WalletMovement => ({
  sequence: row.sequence,
  eventId: row.event_id,
  eventName: row.event_name,
  tenantId: row.tenant_id,
  walletId: row.wallet_id,
  amountNanos: row.amount_nanos,
  availableDelta: row.available_delta,
  heldDelta: row.held_delta,
  lossNanos: row.loss_nanos,
  availableAfter: row.available_after,
  heldAfter: row.held_after,
  reason: row.reason,
  at: row.at,
});

/** When an event of the ledger happened. */
export const timeOf = (row: Pick<LedgerRow, 'at'>): Instant => instantFrom(row.at);
