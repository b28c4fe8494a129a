/** What was used and what it cost, added up by hour or day, user, key, model and provider. */
import { assert } from '@lurus/base/assert';
import { type Instant, epochMsOf, instantOf } from '@lurus/base/clock';
import type { TenantId } from '@lurus/base/ids';
import { NanosText, UsdText, amountFields } from '@lurus/service/money-fields';
import { z } from 'zod';
import { countFrom, instantFrom, nanosFrom, timeParameter } from './clickhouse-values.ts';
import type { Log } from './log.ts';
import { type TokenColumns, tokenFields, tokensAnswer } from './token-fields.ts';
import { namesOf } from './user-names.ts';

/** What usage can be divided by: the name in requests, and the column or expression of the view. */
const DIMENSIONS = {
  hour: 'hour',
  day: 'toStartOfDay(hour)',
  user: 'user_id',
  key: 'key_id',
  model: 'model',
  provider: 'provider',
} as const;

export type Dimension = keyof typeof DIMENSIONS;
export const DimensionSchema = z.enum(['hour', 'day', 'user', 'key', 'model', 'provider']);

export interface UsageQuery {
  readonly tenantId: TenantId;
  readonly from: Instant;
  readonly to: Instant;
  readonly groupBy: readonly Dimension[];
  readonly limit: number;
}

interface UsageRow extends TokenColumns {
  readonly hour?: string;
  readonly day?: string;
  readonly user?: string;
  readonly key?: string;
  readonly model?: string;
  readonly provider?: string;
  readonly requests: string;
  readonly estimated_requests: string;
  readonly amount_nanos: string;
}

const sums = {
  requests: z.number().int(),
  estimated_requests: z.number().int(),
  ...tokenFields,
  amount_usd: UsdText,
  amount_nanos: NanosText,
};

export const UsageAnswer = z.object({
  tenant: z.string(),
  from: z.string().describe('the beginning of its hour: usage is kept by the hour'),
  to: z.string(),
  group_by: z.array(DimensionSchema),
  rows: z.array(
    z.object({
      hour: z.string().optional(),
      day: z.string().optional(),
      user: z.string().nullable().optional(),
      user_id: z.string().optional(),
      key_id: z.string().optional(),
      model: z.string().optional(),
      provider: z.string().optional(),
      ...sums,
    }),
  ),
  total: z.object(sums).describe('of everything in the time, also of rows beyond the limit'),
  is_truncated: z.boolean().describe('whether there are more rows than the limit'),
});

const SUMS = `sum(requests) as requests, sum(estimated_requests) as estimated_requests, sum(input_tokens) as input_tokens,
  sum(cache_read_tokens) as cache_read_tokens, sum(cache_write5m_tokens) as cache_write5m_tokens,
  sum(cache_write1h_tokens) as cache_write1h_tokens, sum(output_tokens) as output_tokens, sum(reasoning_tokens) as reasoning_tokens,
  sum(amount_nanos) as amount_nanos`;

const FROM = `from usage_hourly where tenant_id = {tenant_id:String}
  and hour >= toStartOfHour({from:DateTime64(3, 'UTC')}) and hour < {to:DateTime64(3, 'UTC')}`;

// `sum(requests) as requests` names the sum as the column; without this the name inside would mean the sum itself.
const SETTINGS = { prefer_column_name_to_alias: 1 };

const sumsAnswer = (row: UsageRow) => ({
  requests: countFrom(row.requests),
  estimated_requests: countFrom(row.estimated_requests),
  ...tokensAnswer(row),
  ...amountFields('amount', nanosFrom(row.amount_nanos)),
});

const HOUR_MS = 3_600_000;

/** Adds up usage. Dimensions are words of ours, everything else is bound. */
export async function readUsage(log: Log, query: UsageQuery): Promise<z.infer<typeof UsageAnswer>> {
  const parameters = { tenant_id: query.tenantId, from: timeParameter(query.from), to: timeParameter(query.to), limit: query.limit + 1 };
  const [found, [total]] = await Promise.all([
    log.statistics.query<UsageRow>(groupedSql(query.groupBy), parameters, SETTINGS),
    log.statistics.query<UsageRow>(`select ${SUMS} ${FROM}`, parameters, SETTINGS),
  ]);
  assert(total !== undefined, 'a sum without groups has one row');
  const rows = found.slice(0, query.limit);
  const names = await namesOf(
    log,
    rows.flatMap((row) => row.user ?? []),
  );
  return {
    tenant: query.tenantId,
    from: instantOf(Math.floor(epochMsOf(query.from) / HOUR_MS) * HOUR_MS),
    to: query.to,
    group_by: [...query.groupBy],
    rows: rows.map((row) => ({ ...dimensionsOf(row, names), ...sumsAnswer(row) })),
    total: sumsAnswer(total),
    is_truncated: found.length > query.limit,
  };
}

/** Times first and in their order, then what cost most. */
function groupedSql(groupBy: readonly Dimension[]): string {
  const columns = groupBy.map((dimension) => `${DIMENSIONS[dimension]} as ${dimension}`);
  const isTime = (dimension: Dimension): boolean => dimension === 'hour' || dimension === 'day';
  const order = [...groupBy.filter(isTime), 'sum(amount_nanos) desc', ...groupBy.filter((dimension) => !isTime(dimension))];
  return `select ${columns.join(', ')}, ${SUMS} ${FROM} group by ${groupBy.join(', ')} order by ${order.join(', ')} limit {limit:UInt32}`;
}

const dimensionsOf = (row: UsageRow, names: ReadonlyMap<string, string>) => ({
  ...(row.hour === undefined ? {} : { hour: instantFrom(row.hour) }),
  ...(row.day === undefined ? {} : { day: instantFrom(row.day) }),
  ...(row.user === undefined ? {} : { user: names.get(row.user) ?? null, user_id: row.user }),
  ...(row.key === undefined ? {} : { key_id: row.key }),
  ...(row.model === undefined ? {} : { model: row.model }),
  ...(row.provider === undefined ? {} : { provider: row.provider }),
});
