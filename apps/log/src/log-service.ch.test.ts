/** The log service on real ClickHouse views. Rows are inserted as the projections make them; names come from a stand-in for Postgres. */
import { systemClock } from '@lurus/base/clock';
import { createIdSource } from '@lurus/base/ids';
import { createClickHouseStore } from '@lurus/projection/clickhouse/clickhouse-store';
import { type ClickHouse, openClickHouse } from '@lurus/projection/clickhouse/open-clickhouse';
import { openPostgres } from '@lurus/projection/postgres/open-postgres';
import { requestLog } from '@lurus/projections/request-log/projection';
import { usageHourly } from '@lurus/projections/usage-hourly/projection';
import type { HttpService } from '@lurus/service/http-service';
import { createLogger } from '@lurus/service/logger';
import { createMetrics } from '@lurus/service/metrics';
import { useClickHouse } from '@lurus/testkit/use-clickhouse';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Log } from './log.ts';
import { createLogService } from './log-service.ts';

const TOKEN = 'a-token-for-tests-only';
const database = useClickHouse();
const ids = createIdSource(systemClock);
const names: Readonly<Record<string, string>> = { ADA: 'ada', EVE: 'eve' };
const requestIds: string[] = [];

let statistics: ClickHouse;
let service: HttpService;
let nameless: HttpService;

/** Answers the two questions that the log has for the view of users, and has no transactions. */
const views: Log['views'] = {
  query: async <Row>(statement: unknown, values: readonly unknown[] = []) => {
    const text = String(statement);
    const wanted = values.flat();
    const isByName = text.includes('user_name = $2');
    const found = Object.entries(names).filter(([id, name]) => wanted.includes(isByName ? name : id));
    const rows = text.includes('from users') ? found.map(([user_id, user_name]) => ({ user_id, user_name })) : [];
    return { rows: rows as Row[], count: rows.length }; // The stand-in is taken at its word, as the driver is.
  },
};

const pause = () => new Promise((resolve) => setTimeout(resolve, 2)); // Ids of one millisecond are not ordered.

const request = (changes: Record<string, unknown>) => ({
  stream: 'LLM_EVENTS',
  event_name: 'request.completed',
  tenant_id: 'main',
  key_id: 'Ab3dE6gH',
  user_id: 'ADA',
  wallet_id: 'W',
  dialect: 'anthropic',
  operation: 'generate',
  model: 'claude-sonnet-5',
  upstream_model: 'claude-sonnet-5',
  provider: 'acme',
  provider_id: 'P',
  attempts: 1,
  status: 200,
  reason: 'complete',
  input_tokens: 100,
  output_tokens: 10,
  amount_nanos: '450000',
  price_version: 'PRICE',
  duration_ms: 5,
  client_family: 'other',
  request_class: 'main',
  ...changes,
});

async function insertRequests(): Promise<void> {
  const models = ['claude-sonnet-5', 'claude-haiku-4-5', 'gpt-5.5', 'odd%name', 'odd_name'];
  for (const [index, model] of models.entries()) {
    const request_id = ids.ulid();
    requestIds.push(request_id);
    const at = `2026-11-2${index} 08:30:00.000`;
    const changes = { model, request_id, at, sequence: index + 1, event_id: ids.ulid(), user_id: index === 1 ? 'EVE' : 'ADA' };
    await statistics.insert({
      table: 'request_log_v1',
      rows: [request({ ...changes, ...(index === 2 ? { reason: 'client_gone_cut', key_id: 'Zz9yX8wV' } : {}) })],
    });
    await pause();
  }
  await statistics.insert({
    table: 'request_log_v1',
    rows: [request({ tenant_id: 'other', request_id: ids.ulid(), event_id: ids.ulid(), at: '2026-11-20 08:30:00.000', sequence: 9 })],
  });
}

async function insertUsage(): Promise<void> {
  const usage = {
    stream: 'BILLING_EVENTS',
    event_name: 'usage.settled',
    tenant_id: 'main',
    wallet_id: 'W',
    key_id: 'Ab3dE6gH',
    provider: 'acme',
  };
  const rows = [
    { user_id: 'ADA', model: 'a', at: '2026-11-20 08:59:59.999', amount_nanos: '9007199254740993', input_tokens: '9' },
    { user_id: 'ADA', model: 'a', at: '2026-11-20 09:00:00.000', amount_nanos: '5', input_tokens: '1' },
    { user_id: 'EVE', model: 'b', at: '2026-11-21 10:00:00.000', amount_nanos: '7', input_tokens: '2', is_estimated: true },
    { tenant_id: 'other', user_id: 'EVE', model: 'b', at: '2026-11-21 10:00:00.000', amount_nanos: '1000', input_tokens: '1000' },
  ].map((row, index) => ({ ...usage, sequence: index + 1, event_id: ids.ulid(), request_id: ids.ulid(), ...row }));
  await statistics.insert({ table: 'usage_v1', rows });
}

beforeAll(async () => {
  for (const projection of [requestLog, usageHourly]) {
    const store = createClickHouseStore({ url: database.url, projection, stream: projection.reads[0]?.name ?? '', partitions: [0] });
    await store.open({ name: projection.reads[0]?.name ?? '', createdAt: '2026-11-20T00:00:00Z' });
    await store.close();
  }
  statistics = openClickHouse(database.url);
  await insertRequests();
  await insertUsage();
  const logger = createLogger({ name: 'log', instance: 'test', level: 'error', output: { write: () => undefined } });
  const options = { adminToken: TOKEN, metrics: createMetrics({ process: 'log', instance: 'test' }), checks: {} };
  service = await createLogService({ ...options, log: { statistics, views, clock: systemClock, logger } });
  const away = openPostgres('postgres://nobody@127.0.0.1:1/nothing');
  const metrics = createMetrics({ process: 'log', instance: 'nameless' });
  nameless = await createLogService({ ...options, metrics, log: { statistics, views: away, clock: systemClock, logger } });
});
afterAll(async () => {
  await Promise.all([service.close(), nameless.close()]);
  await statistics.close();
});

const get = async (path: string, from = service) => {
  const answer = await from.app.inject({ url: path, headers: { authorization: `Bearer ${TOKEN}` } });
  return { status: answer.statusCode, body: answer.json() };
};
const modelsOf = async (query: string): Promise<string[]> =>
  (await get(`/v1/requests?${query}`)).body.requests.map((one: { model: string }) => one.model);

test('requests are listed latest first, of one tenant alone, with the names of users', async () => {
  const { body } = await get('/v1/requests');
  expect(body.requests.map((one: { model: string }) => one.model)).toEqual([
    'odd_name',
    'odd%name',
    'gpt-5.5',
    'claude-haiku-4-5',
    'claude-sonnet-5',
  ]);
  expect(body.requests[3]).toMatchObject({
    user: 'eve',
    user_id: 'EVE',
    at: '2026-11-21T08:30:00.000Z',
    amount_usd: '0.000450000',
    tenant: 'main',
  });
  expect(body.next).toBeNull();
});

test('pages follow each other without gaps or repeats', async () => {
  const seen: string[] = [];
  let before = '';
  for (let pages = 0; pages < 10; pages += 1) {
    const { body } = await get(`/v1/requests?limit=2${before}`);
    seen.push(...body.requests.map((one: { request_id: string }) => one.request_id));
    if (body.next === null) break;
    before = `&before=${body.next}`;
  }
  expect(seen).toEqual(requestIds.toReversed());
});

test.each([
  ['user=eve', ['claude-haiku-4-5']],
  ['key=Zz9yX8wV', ['gpt-5.5']],
  ['reason=client_gone_cut', ['gpt-5.5']],
  ['model=gpt-5.5', ['gpt-5.5']],
  ['model=claude-*', ['claude-haiku-4-5', 'claude-sonnet-5']],
  ['model=odd%25name', ['odd%name']],
  ['model=odd_name', ['odd_name']],
  ['since=2026-11-21T08:30:00Z&until=2026-11-22T08:30:00Z', ['claude-haiku-4-5']],
  ['since=2026-11-21T09:30:00%2B01:00&until=2026-11-22T08:30:00Z', ['claude-haiku-4-5']],
  ['user=ada&model=claude-*', ['claude-sonnet-5']],
  ['tenant=nobody', []],
])('the filter %s leaves %j', async (query, models) => {
  expect(await modelsOf(query)).toEqual(models);
});

test.each([
  "model=x' or 1=1 --",
  "reason=') union all select * from system.users --",
  'model={tenant_id:String}',
  "reason=complete'; drop table request_log_v1",
])('the filter %s is a value that nothing has, not SQL', async (query) => {
  const [name = '', ...value] = query.split('=');
  const { status, body } = await get(`/v1/requests?${name}=${encodeURIComponent(value.join('='))}`);
  expect([status, body.requests]).toEqual([200, []]);
});

test('every fault of a query is listed', async () => {
  const { status, body } = await get('/v1/requests?key=short&since=yesterday&limit=5000&before=x&sort=asc&model=');
  expect(status).toBe(400);
  expect(body.faults.map((fault: { path: string }) => fault.path)).toEqual([
    'query.key',
    'query.model',
    'query.since',
    'query.limit',
    'query.before',
    'query.sort',
  ]);
  expect(body.faults[2].message).toBe('must be an RFC 3339 time like 2026-11-23T08:00:00Z');
});

test('while Postgres is away the log answers without names', async () => {
  const { status, body } = await get('/v1/requests?limit=1', nameless);
  expect([status, body.requests[0].user, body.requests[0].user_id]).toEqual([200, null, 'ADA']);
  const receipt = await get(`/v1/receipts/${requestIds[0]}`, nameless);
  expect([receipt.status, receipt.body.user_id]).toEqual([200, 'ADA']);
});

test('a filter by a name that nobody has is a 404', async () => {
  const { status, body } = await get('/v1/requests?user=nobody');
  expect([status, body.code]).toEqual([404, 'user_unknown']);
});

test('one request is shown with its attempts, an unknown one is a 404 that says where to look', async () => {
  const shown = await get(`/v1/requests/${requestIds[0]}`);
  expect(shown.body).toMatchObject({ request_id: requestIds[0], model: 'claude-sonnet-5', attempt_list: [] });
  const unknown = await get(`/v1/requests/${ids.ulid()}`);
  expect([unknown.status, unknown.body.code]).toEqual([404, 'request_unknown']);
  expect(unknown.body.fix).toContain('/v1/receipts/');
});

test('a receipt of a request whose money has not arrived says what is missing; without any event it is a 404', async () => {
  const { body } = await get(`/v1/receipts/${requestIds[0]}`);
  expect(body).toMatchObject({ status: 'pending', is_complete: false, user: 'ada' });
  expect(body.pending.map(({ part }: { part: string }) => part)).toEqual(['hold', 'end', 'attempts']);
  const unknown = await get(`/v1/receipts/${ids.ulid()}`);
  expect([unknown.status, unknown.body.code]).toEqual([404, 'receipt_unknown']);
});

test('usage is added up to the nano-dollar, past what a double holds', async () => {
  const { body } = await get('/v1/usage?from=2026-11-20T00:00:00Z&to=2026-11-22T00:00:00Z');
  expect(body.rows.map((row: object) => row)).toMatchObject([
    { model: 'a', requests: 2, input_tokens: 10, amount_nanos: '9007199254740998', amount_usd: '9007199.254740998' },
    { model: 'b', requests: 1, estimated_requests: 1, input_tokens: 2, amount_nanos: '7' },
  ]);
  expect(body.total).toMatchObject({ requests: 3, input_tokens: 12, amount_nanos: '9007199254741005' });
  expect(body.is_truncated).toBe(false);
});

test('usage is divided by hour, day and user, times first', async () => {
  const { body } = await get('/v1/usage?from=2026-11-20T00:00:00Z&to=2026-11-22T00:00:00Z&group_by=day,hour,user');
  expect(body.rows.map(({ day, hour, user }: Record<string, string>) => [day, hour, user])).toEqual([
    ['2026-11-20T00:00:00.000Z', '2026-11-20T08:00:00.000Z', 'ada'],
    ['2026-11-20T00:00:00.000Z', '2026-11-20T09:00:00.000Z', 'ada'],
    ['2026-11-21T00:00:00.000Z', '2026-11-21T10:00:00.000Z', 'eve'],
  ]);
});

test('usage begins with the hour of its beginning and ends before its end; more rows than the limit are said to be there', async () => {
  const { body } = await get('/v1/usage?from=2026-11-20T09:30:00Z&to=2026-11-21T10:00:00Z');
  expect([body.from, body.total.amount_nanos]).toEqual(['2026-11-20T09:00:00.000Z', '5']);
  const limited = await get('/v1/usage?from=2026-11-20T00:00:00Z&to=2026-11-22T00:00:00Z&limit=1');
  expect([limited.body.rows.length, limited.body.is_truncated, limited.body.total.requests]).toEqual([1, true, 3]);
  const none = await get('/v1/usage?tenant=nobody');
  expect([none.status, none.body.rows, none.body.total.amount_nanos]).toEqual([200, [], '0']);
});

test.each([
  ['group_by=colour', 'query.group_by[0]'],
  ['group_by=model,model', 'query.group_by'],
  ['from=2026-11-22T00:00:00Z&to=2026-11-21T00:00:00Z', 'query.from'],
])('usage by %s is refused at %s', async (query, path) => {
  const { status, body } = await get(`/v1/usage?${query}`);
  expect([status, body.faults[0].path]).toEqual([400, path]);
});

test('every route but those of operation needs the token, and the OpenAPI document lists them all', async () => {
  for (const { method, pattern } of service.routeEntries()) {
    const answer = await service.app.inject({ method: method as 'GET', url: pattern.replaceAll(/:\w+/g, 'x') }); // Methods of our own routes.
    expect([pattern, answer.statusCode]).toEqual([pattern, pattern.startsWith('/v1/') ? 401 : 200]);
  }
  const document = (await service.app.inject('/openapi.json')).json();
  const listed = Object.keys(document.paths).map((path) => path.replaceAll(/\{(\w+)\}/g, ':$1'));
  expect(listed.sort()).toEqual(
    service
      .routeEntries()
      .map(({ pattern }) => pattern)
      .sort(),
  );
});
