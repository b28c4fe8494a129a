/** Requests that have ended, and the calls of providers that each of them took. */
import type { Instant } from '@lurus/base/clock';
import type { RequestId, TenantId } from '@lurus/base/ids';
import { amountFields, NanosText, UsdText } from '@lurus/service/money-fields';
import { EventReferenceSchema } from '@lurus/service/command';
import { z } from 'zod';
import { countFrom, instantFrom, nanosFrom, timeParameter } from './clickhouse-values.ts';
import type { Log } from './log.ts';
import { TOKEN_COLUMNS, type TokenColumns, tokenFields, tokensAnswer } from './token-fields.ts';
import { namesOf } from './user-names.ts';

interface RequestRow extends TokenColumns {
  readonly stream: string;
  readonly sequence: string;
  readonly event_id: string;
  readonly event_name: string;
  readonly at: string;
  readonly tenant_id: string;
  readonly request_id: string;
  readonly key_id: string;
  readonly user_id: string;
  readonly wallet_id: string;
  readonly dialect: string;
  readonly operation: string;
  readonly model: string;
  readonly upstream_model: string | null;
  readonly served_model: string | null;
  readonly provider_id: string | null;
  readonly provider: string | null;
  readonly attempts: number;
  readonly is_stream: boolean;
  readonly status: number;
  readonly reason: string;
  readonly stop_reported: string | null;
  readonly stop_class: string | null;
  readonly is_estimated: boolean;
  readonly amount_nanos: string;
  readonly price_version: string | null;
  readonly first_byte_ms: number | null;
  readonly duration_ms: number;
  readonly request_bytes: string;
  readonly response_bytes: string;
  readonly client_family: string;
  readonly session_key: string | null;
  readonly sub_key: string | null;
  readonly request_class: string;
}

const REQUEST_COLUMNS = `stream, sequence, event_id, event_name, at, tenant_id, request_id, key_id, user_id, wallet_id, dialect, operation,
  model, upstream_model, served_model, provider_id, provider, attempts, is_stream, status, reason, stop_reported, stop_class,
  ${TOKEN_COLUMNS}, is_estimated, amount_nanos, price_version, first_byte_ms, duration_ms, request_bytes, response_bytes, client_family,
  session_key, sub_key, request_class`;

export const RequestAnswer = z.object({
  request_id: z.string(),
  at: z.string().describe('when it ended'),
  event: EventReferenceSchema,
  event_name: z.string(),
  tenant: z.string(),
  user: z.string().nullable().describe('null where the name is not known now'),
  user_id: z.string(),
  key_id: z.string(),
  wallet_id: z.string(),
  dialect: z.string(),
  operation: z.string(),
  model: z.string().describe('as the client named it'),
  upstream_model: z.string().nullable().describe('as the provider was asked'),
  served_model: z.string().nullable().describe('as the provider says it answered'),
  provider: z.string().nullable(),
  provider_id: z.string().nullable(),
  attempts: z.number().int(),
  is_stream: z.boolean(),
  status: z.number().int(),
  reason: z.string().describe('why it ended as it did'),
  stop_reported: z.string().nullable(),
  stop_class: z.string().nullable(),
  ...tokenFields,
  is_estimated: z.boolean(),
  amount_usd: UsdText,
  amount_nanos: NanosText,
  price_version: z.string().nullable(),
  first_byte_ms: z.number().int().nullable(),
  duration_ms: z.number().int(),
  request_bytes: z.number().int(),
  response_bytes: z.number().int(),
  client_family: z.string(),
  session_key: z.string().nullable(),
  sub_key: z.string().nullable(),
  request_class: z.string(),
});
export type RequestEntry = z.infer<typeof RequestAnswer>;

const requestAnswer = (row: RequestRow, names: ReadonlyMap<string, string>): RequestEntry => ({
  request_id: row.request_id,
  at: instantFrom(row.at),
  event: { id: row.event_id, stream: row.stream, sequence: countFrom(row.sequence) },
  event_name: row.event_name,
  tenant: row.tenant_id,
  user: names.get(row.user_id) ?? null,
  user_id: row.user_id,
  key_id: row.key_id,
  wallet_id: row.wallet_id,
  dialect: row.dialect,
  operation: row.operation,
  model: row.model,
  upstream_model: row.upstream_model,
  served_model: row.served_model,
  provider: row.provider,
  provider_id: row.provider_id,
  attempts: row.attempts,
  is_stream: row.is_stream,
  status: row.status,
  reason: row.reason,
  stop_reported: row.stop_reported,
  stop_class: row.stop_class,
  ...tokensAnswer(row),
  is_estimated: row.is_estimated,
  ...amountFields('amount', nanosFrom(row.amount_nanos)),
  price_version: row.price_version,
  first_byte_ms: row.first_byte_ms,
  duration_ms: row.duration_ms,
  request_bytes: countFrom(row.request_bytes),
  response_bytes: countFrom(row.response_bytes),
  client_family: row.client_family,
  session_key: row.session_key,
  sub_key: row.sub_key,
  request_class: row.request_class,
});

export interface RequestFilter {
  readonly tenantId: TenantId;
  readonly userId: string | undefined;
  readonly keyId: string | undefined;
  /** `*` stands for any run of characters. */
  readonly model: string | undefined;
  readonly reason: string | undefined;
  readonly since: Instant | undefined;
  readonly until: Instant | undefined;
  /** Event id where the page before ended. */
  readonly before: string | undefined;
  readonly limit: number;
}

/** `%`, `_` and `\` mean themselves, `*` any run of characters. */
const likePattern = (pattern: string): string => pattern.replaceAll(/[\\%_]/g, '\\$&').replaceAll('*', '%');

/** Every condition is text of ours with bound values; a filter that is not given has no condition. */
function conditionsOf(filter: RequestFilter): { readonly where: string; readonly parameters: Record<string, unknown> } {
  const { tenantId, userId, keyId, model, reason, since, until, before } = filter;
  const optional: readonly (readonly [condition: string, name: string, value: unknown])[] = [
    ['user_id = {user_id:String}', 'user_id', userId],
    ['key_id = {key_id:String}', 'key_id', keyId],
    ['model like {model:String}', 'model', model === undefined ? undefined : likePattern(model)],
    ['reason = {reason:String}', 'reason', reason],
    ["at >= {since:DateTime64(3, 'UTC')}", 'since', since === undefined ? undefined : timeParameter(since)],
    ["at < {until:DateTime64(3, 'UTC')}", 'until', until === undefined ? undefined : timeParameter(until)],
    ['event_id < {before:String}', 'before', before],
  ];
  const given = optional.filter(([, , value]) => value !== undefined);
  return {
    where: ['tenant_id = {tenant_id:String}', ...given.map(([condition]) => condition)].join(' and '),
    parameters: { tenant_id: tenantId, limit: filter.limit, ...Object.fromEntries(given.map(([, name, value]) => [name, value])) },
  };
}

/** A page of requests, latest first. Ids of events are ordered by time, so that one of them marks where a page ends. */
export async function listRequests(log: Log, filter: RequestFilter): Promise<RequestEntry[]> {
  const { where, parameters } = conditionsOf(filter);
  const rows = await log.statistics.query<RequestRow>(
    `select ${REQUEST_COLUMNS} from request_log where ${where} order by event_id desc limit {limit:UInt32}`,
    parameters,
  );
  const names = await namesOf(
    log,
    rows.map((row) => row.user_id),
  );
  return rows.map((row) => requestAnswer(row, names));
}

/** The end of one request, or undefined while the log has none. */
export async function findRequest(log: Log, requestId: RequestId): Promise<RequestEntry | undefined> {
  const [row] = await log.statistics.query<RequestRow>(
    `select ${REQUEST_COLUMNS} from request_log where request_id = {request_id:String} order by sequence limit 1`,
    { request_id: requestId },
  );
  return row && requestAnswer(row, await namesOf(log, [row.user_id]));
}
