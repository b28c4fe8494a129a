/** Row projections on real NATS and ClickHouse: repeated inserts, crashes and dropped tables must not show in the views. */
import { type DomainEvent, type EventDefinition, makeEvent } from '@lurus/events/event';
import { instantOf, systemClock } from '@lurus/base/clock';
import { createIdSource, type EventId, type RequestId, type TenantId, unchecked } from '@lurus/base/ids';
import { nanos } from '@lurus/base/money';
import { holdReleased, usageSettled } from '@lurus/events/catalogue/billing';
import { requestAttempted, requestCompleted } from '@lurus/events/catalogue/llm';
import { exampleOf } from '@lurus/events/examples';
import type { JournalConnection } from '@lurus/journal/journal';
import { requestLog } from '@lurus/projections/request-log/projection';
import { usageHourly } from '@lurus/projections/usage-hourly/projection';
import { useClickHouse } from '@lurus/testkit/use-clickhouse';
import { useNats } from '@lurus/testkit/use-nats';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { ALL_PARTITIONS, type Runner, type RunnerOptions, startRunner } from '../runner.ts';
import { eventually } from '../wallets.fixture.ts';
import { type ClickHouse, openClickHouse } from './open-clickhouse.ts';

const nats = useNats();
const clickhouse = useClickHouse();
const ids = createIdSource(systemClock);
const runners: Runner[] = [];
let database: ClickHouse;
let gateway: JournalConnection;
let projector: JournalConnection;

beforeAll(async () => {
  gateway = await nats.connectAs('gateway');
  projector = await nats.connectAs('projector');
  database = openClickHouse(clickhouse.url);
});
afterEach(async () => {
  await Promise.all(runners.splice(0).map((runner) => runner.stop()));
});
afterAll(() => database.close());

function start(projection: RunnerOptions['projection'], more: Partial<RunnerOptions> = {}): Runner {
  const runner = startRunner({
    projection,
    partitions: ALL_PARTITIONS,
    connection: projector,
    clickhouseUrl: clickhouse.url,
    clock: systemClock,
    source: 'projector-test',
    ...more,
  });
  runners.push(runner);
  return runner;
}

const newRequest = (): RequestId => unchecked<RequestId>(ids.ulid());

function append<Name extends string, Data>(definition: EventDefinition<Name, Data>, data: Data): Promise<unknown> {
  const event: DomainEvent<Name, Data> = makeEvent(definition, {
    id: unchecked<EventId>(ids.ulid()),
    at: instantOf(Date.now()),
    tenantId: unchecked<TenantId>('main'),
    source: 'gateway-test',
    data,
  });
  return gateway.journal.append(definition, event);
}

const count = async (view: string, requestId: string): Promise<number> => {
  const rows = await database.query<{ rows: string }>(`SELECT count() AS rows FROM ${view} WHERE request_id = {requestId:String}`, {
    requestId,
  });
  return Number(rows[0]?.rows);
};

test('requests and attempts are rows that read like their events', async () => {
  start(requestLog);
  const requestId = newRequest();
  await append(requestAttempted, { ...exampleOf(requestAttempted), requestId });
  await append(requestCompleted, { ...exampleOf(requestCompleted), requestId, amountNanos: nanos(13_350_000_000_000_000_000_000n) });
  await eventually(
    'both are there',
    async () => (await count('request_log', requestId)) === 1 && (await count('request_attempts', requestId)) === 1,
  );
  const [row] = await database.query('SELECT * FROM request_log WHERE request_id = {requestId:String}', { requestId });
  const { model, inputTokens, reason } = exampleOf(requestCompleted);
  expect(row).toMatchObject({
    stream: 'LLM_EVENTS',
    event_name: 'request.completed',
    tenant_id: 'main',
    model,
    reason,
    input_tokens: String(inputTokens),
    amount_nanos: '13350000000000000000000',
    is_stream: expect.any(Boolean),
  });
});

test('a crash between insert and position, and the same events in other batches, give no row twice', async () => {
  const crashing = start(usageHourly, {
    failpoint: () => {
      throw new Error('killed');
    },
  });
  const requests = Array.from({ length: 30 }, newRequest);
  for (const requestId of requests) await append(usageSettled, { ...exampleOf(usageSettled), requestId });
  await crashing.ended;
  // As if it had died before its position was written: everything is read and inserted again, in other batches.
  await database.command('TRUNCATE TABLE projection_positions');
  start(usageHourly, { limits: { batchEventsMax: 7 } });
  await eventually('the last is there', async () => (await count('ledger_log', requests.at(-1) ?? '')) === 1);
  const [totals] = await database.query<{ requests: string; amount_nanos: string }>(
    'SELECT sum(requests) AS requests, sum(amount_nanos) AS amount_nanos FROM usage_hourly',
  );
  expect(totals).toEqual({ requests: '30', amount_nanos: String(exampleOf(usageSettled).amountNanos * 30n) });
});

test('the first end of a request counts in the statistics, as it does in the wallet', async () => {
  start(usageHourly);
  const [before] = await database.query<{ requests: string }>('SELECT sum(requests) AS requests FROM usage_hourly');
  const [settledTwice, releasedFirst] = [newRequest(), newRequest()];
  await append(usageSettled, { ...exampleOf(usageSettled), requestId: settledTwice });
  await append(usageSettled, { ...exampleOf(usageSettled), requestId: settledTwice });
  await append(holdReleased, { ...exampleOf(holdReleased), requestId: releasedFirst });
  await append(usageSettled, { ...exampleOf(usageSettled), requestId: releasedFirst });
  await eventually(
    'all are in the ledger',
    async () => (await count('ledger_log', settledTwice)) === 2 && (await count('ledger_log', releasedFirst)) === 2,
  );
  const requests = async (): Promise<number> =>
    Number((await database.query<{ requests: string }>('SELECT sum(requests) AS requests FROM usage_hourly'))[0]?.requests);
  await eventually('one request more is counted', async () => (await requests()) === Number(before?.requests) + 1);
  expect(await count('usage_v1 FINAL', releasedFirst)).toBe(1);
});

test('a receipt finds the lines of a settlement as they were rated', async () => {
  start(usageHourly);
  const requestId = newRequest();
  await append(usageSettled, { ...exampleOf(usageSettled), requestId });
  await eventually('it is there', async () => (await count('ledger_log', requestId)) === 1);
  const [row] = await database.query<{ lines: unknown }>('SELECT lines FROM ledger_log WHERE request_id = {requestId:String}', {
    requestId,
  });
  expect(row?.lines).toEqual(
    exampleOf(usageSettled).lines.map((line) => ({
      token_class: line.tokenClass,
      tokens: String(line.tokens),
      picos_per_token: String(line.picosPerToken),
      amount_nanos: String(line.amountNanos),
    })),
  );
});

test('tables that were dropped are filled again from the first event', async () => {
  const first = start(requestLog);
  const requestId = newRequest();
  await append(requestCompleted, { ...exampleOf(requestCompleted), requestId });
  await eventually('it is there', async () => (await count('request_log', requestId)) === 1);
  await first.stop();
  await database.command('DROP TABLE request_log_v1 SYNC');
  start(requestLog);
  await eventually('it is there again', async () => (await count('request_log', requestId)) === 1);
});
