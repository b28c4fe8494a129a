/** ClickHouse goes away while a row projection runs: it waits and goes on by itself. The server is this file's own, since it is killed. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { instantOf, systemClock } from '@lurus/base/clock';
import { createIdSource, type EventId, type RequestId, type TenantId, unchecked } from '@lurus/base/ids';
import { requestCompleted } from '@lurus/events/catalogue/llm';
import { makeEvent } from '@lurus/events/event';
import { exampleOf } from '@lurus/events/examples';
import { requestLog } from '@lurus/projections/request-log/projection';
import type { RunningBackends } from '@lurus/stack/backends';
import { startEmbedded } from '@lurus/stack/embedded';
import { anyFreePorts } from '@lurus/stack/ports';
import { makeSecrets } from '@lurus/stack/secrets';
import { useNats } from '@lurus/testkit/use-nats';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ALL_PARTITIONS, startRunner } from '../runner.ts';
import { eventually } from '../wallets.fixture.ts';
import { openClickHouse } from './open-clickhouse.ts';

let backends: RunningBackends | undefined;
const folder = mkdtempSync(join(tmpdir(), 'lurus-outage-'));
const ids = createIdSource(systemClock);
const nats = useNats();

beforeAll(async () => {
  chmodSync(folder, 0o755);
  backends = await startEmbedded({
    folder,
    logs: join(folder, 'logs'),
    ports: await anyFreePorts(),
    secrets: makeSecrets([]),
    only: ['clickhouse'],
    isDurable: false,
    clickHouseDatabases: ['lurus'],
    natsBinary: { given: undefined, env: {} },
  });
});
afterAll(async () => {
  await backends?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('a crash of ClickHouse is survived: every request is in the log once when it is back', async () => {
  const gateway = await nats.connectAs('gateway');
  const url = backends?.urls.clickhouse ?? '';
  const database = openClickHouse(url);
  const states: string[] = [];
  const runner = startRunner({
    projection: requestLog,
    partitions: ALL_PARTITIONS,
    connection: await nats.connectAs('projector'),
    clickhouseUrl: url,
    clock: systemClock,
    source: 'projector-test',
    observer: { onState: ({ state }) => states.push(state) },
  });
  let total = 0;
  const appendSome = async (): Promise<void> => {
    const one = () =>
      gateway.journal.append(
        requestCompleted,
        makeEvent(requestCompleted, {
          id: unchecked<EventId>(ids.ulid()),
          at: instantOf(Date.now()),
          tenantId: unchecked<TenantId>('main'),
          source: 'gateway-test',
          data: { ...exampleOf(requestCompleted), requestId: unchecked<RequestId>(ids.ulid()) },
        }),
      );
    await Promise.all(Array.from({ length: 20 }, one));
    total += 20;
  };
  const counted = async (): Promise<number> =>
    Number((await database.query<{ rows: string }>('SELECT count() AS rows FROM request_log'))[0]?.rows);
  await appendSome();
  await eventually('the first are there', async () => (await counted()) === total);
  const [server] = backends?.processes ?? [];
  await server?.kill('SIGKILL');
  await appendSome();
  await eventually('the projection waits', () => states.includes('waiting'));
  await appendSome();
  await server?.ready();
  await eventually('all are there, once', async () => (await counted()) === total);
  expect(runner.status()[0]?.state).toBe('following');
  await runner.stop();
  await database.close();
});
