/** The ledger and the usage of every hour in ClickHouse against the fold. */
import { epochMsOf, instantOf } from '@lurus/base/clock';
import type { ClickHouse } from '@lurus/projection/clickhouse/open-clickhouse';
import { type Fields, fieldsOf, firstDifference } from './fields.ts';
import type { Finding } from './finding.ts';
import type { MoneyEvent, Movement } from './movement.ts';

const CLASSES = ['input', 'cache_read', 'cache_write5m', 'cache_write1h', 'output', 'reasoning'] as const;
const TOKENS = CLASSES.map((name) => `${name}_tokens`);
const GROUP = ['hour', 'tenant_id', 'user_id', 'key_id', 'model', 'provider'] as const;

/** ClickHouse writes `2026-11-23 08:00:00.000`, in UTC. */
const clickHouseTime = (instant: string): string => instant.replace('T', ' ').replace('Z', '');

const LEDGER_COLUMNS = [
  'event_id, event_name, toString(at) AS at, source, tenant_id, wallet_id, user_id, key_id, request_id',
  'toString(amount_nanos) AS amount_nanos, price_version, model, provider_id, toString(is_estimated) AS is_estimated, reason, reference, actor',
  ...TOKENS.map((name) => `toString(${name}) AS ${name}`),
  "arrayStringConcat(arrayMap(l -> concat(l.1, ' ', toString(l.2), ' ', toString(l.3), ' ', toString(l.4)), lines), ', ') AS lines_text",
].join(', ');

const SELECT_LEDGER = `SELECT toString(ledger_log.sequence) AS place, ${LEDGER_COLUMNS} FROM ledger_log WHERE ledger_log.sequence BETWEEN {first:UInt64} AND {last:UInt64}`;

/** The view's own table, so that it can be asked as of one place in the stream; see projections/usage-hourly/schema.sql. */
const SELECT_USAGE = `SELECT toString(toStartOfHour(at)) AS hour, tenant_id, user_id, key_id, model, provider, toString(count()) AS requests,
  ${[...TOKENS, 'amount_nanos'].map((name) => `toString(sum(${name})) AS ${name}`).join(', ')}, toString(countIf(is_estimated)) AS estimated_requests
  FROM (SELECT * FROM usage_v1 FINAL WHERE event_name = 'usage.settled' AND sequence <= {last:UInt64})
  GROUP BY toStartOfHour(at), tenant_id, user_id, key_id, model, provider`;

function wantedRow(event: MoneyEvent): Fields {
  const { data } = event;
  const settled = event.name === 'usage.settled' ? event.data : undefined;
  const { lines } = settled ?? { lines: [] };
  return fieldsOf({
    event_id: event.id,
    event_name: event.name,
    at: clickHouseTime(event.at),
    source: event.source,
    tenant_id: event.tenantId,
    wallet_id: data.walletId,
    user_id: 'userId' in data ? data.userId : '',
    key_id: 'keyId' in data ? data.keyId : '',
    request_id: 'requestId' in data ? data.requestId : '',
    amount_nanos: 'amountNanos' in data ? data.amountNanos : 0,
    price_version: 'priceVersion' in data ? data.priceVersion : '',
    model: 'model' in data ? data.model : '',
    provider_id: settled?.providerId,
    is_estimated: settled?.isEstimated ?? false,
    reason: 'reason' in data ? data.reason : '',
    reference: 'reference' in data ? data.reference : '',
    actor: 'actor' in data ? data.actor : '',
    ...tokensOf(settled),
    lines_text: lines.map((line) => `${line.tokenClass} ${line.tokens} ${line.picosPerToken} ${line.amountNanos}`).join(', '),
  });
}

type Settled = Extract<MoneyEvent, { readonly name: 'usage.settled' }>['data'];

const tokensOf = (settled: Settled | undefined) => ({
  input_tokens: settled?.inputTokens ?? 0,
  cache_read_tokens: settled?.cacheReadTokens ?? 0,
  cache_write5m_tokens: settled?.cacheWrite5mTokens ?? 0,
  cache_write1h_tokens: settled?.cacheWrite1hTokens ?? 0,
  output_tokens: settled?.outputTokens ?? 0,
  reasoning_tokens: settled?.reasoningTokens ?? 0,
});

/** Sums of one group of one hour, with the event that came to it last. */
interface Group {
  readonly sums: Record<string, bigint>;
  last: MoneyEvent;
}

/** A check of ClickHouse, told the fold as it goes. Memory grows with hours and keys, not with events. */
export interface ClickHouseCheck {
  readonly after: (movement: Movement) => void;
  /** Compares the ledger's rows of a run of sequences with its events. */
  readonly ledger: (range: { readonly first: number; readonly last: number; readonly events: readonly MoneyEvent[] }) => Promise<void>;
  /** Compares the hours, once the fold is at its end. */
  readonly hours: () => Promise<void>;
}

/** Starts a check. `claim` is the sequence up to which the view has everything, over all partitions. */
export function checkClickHouse(input: {
  readonly clickhouse: ClickHouse;
  readonly claim: number;
  readonly onFinding: (finding: Finding) => void;
}): ClickHouseCheck {
  const { clickhouse, claim } = input;
  const groups = new Map<string, Group>();
  const find = (event: MoneyEvent, key: string, says: string): void =>
    input.onFinding({ place: 'clickhouse', stream: event.stream, sequence: event.sequence, eventId: event.id, key, says });
  const findRow = (sequence: number, row: Fields, key: string, says: string): void =>
    input.onFinding({ place: 'clickhouse', stream: 'BILLING_EVENTS', sequence, eventId: row['event_id'] ?? '', key, says });
  return {
    after: ({ event, deviation }) => {
      // The first end of a request counts; an expiry is none, what is settled after it counts.
      if (event.name === 'usage.settled' && deviation !== 'repeated' && event.sequence <= claim) addToGroup(groups, event);
    },
    ledger: async ({ first, last, events }) => {
      const rows = await clickhouse.query<Fields>(SELECT_LEDGER, { first, last });
      const found = new Map(rows.map((row) => [Number(row['place']), row]));
      for (const event of events) {
        const row = found.get(event.sequence);
        found.delete(event.sequence);
        if (!row) {
          if (event.sequence <= claim) find(event, 'ledger_log.sequence', `the row of event ${event.sequence} is not there`);
          continue;
        }
        const difference = firstDifference(row, wantedRow(event));
        if (difference) find(event, `ledger_log.${difference.name}`, `row ${event.sequence}: ${difference.name} ${difference.says}`);
      }
      for (const [sequence, row] of found) {
        findRow(sequence, row, 'ledger_log.sequence', `row ${sequence} is there, and the stream has no event about money at it`);
      }
    },
    hours: async () => {
      const rows = await clickhouse.query<Fields>(SELECT_USAGE, { last: claim });
      for (const row of rows) {
        const name = GROUP.map((part) => row[part]).join(' ');
        const group = groups.get(name);
        groups.delete(name);
        if (!group) findRow(0, row, 'usage_hourly', `${row['requests']} requests are counted in ${name}, and no event belongs there`);
        else {
          const difference = firstDifference(row, fieldsOf(group.sums));
          if (difference) find(group.last, `usage_hourly.${difference.name}`, `${name}: ${difference.name} ${difference.says}`);
        }
      }
      for (const [name, { sums, last }] of groups) find(last, 'usage_hourly', `${sums['requests']} requests of ${name} are not counted`);
    },
  };
}

const HOUR_MS = 3_600_000;

function addToGroup(groups: Map<string, Group>, event: Extract<MoneyEvent, { readonly name: 'usage.settled' }>): void {
  const { data, tenantId } = event;
  const hour = clickHouseTime(instantOf(Math.floor(epochMsOf(event.at) / HOUR_MS) * HOUR_MS)).replace('.000', '');
  const name = [hour, tenantId, data.userId, data.keyId, data.model, data.provider].join(' ');
  const group = groups.get(name) ?? { sums: {}, last: event };
  groups.set(name, group);
  const added = { requests: 1, ...tokensOf(data), amount_nanos: data.amountNanos, estimated_requests: data.isEstimated ? 1 : 0 };
  for (const [key, value] of Object.entries(added)) group.sums[key] = (group.sums[key] ?? 0n) + BigInt(value);
  group.last = event;
}
