/** Method: an embedded Postgres of its own, looked at through the product's client, which the stack itself may not import. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPostgres } from '@lurus/projection/postgres/open-postgres';
import type { RunningBackends } from '@lurus/stack/backends';
import { startEmbedded } from '@lurus/stack/embedded';
import { anyFreePorts } from '@lurus/stack/ports';
import { makeSecrets, type Secrets } from '@lurus/stack/secrets';
import { afterAll, expect, test } from 'vitest';
import { requiredUrl } from './shared-backends.ts';

const folder = mkdtempSync(join(tmpdir(), 'lurus-postgres-'));
chmodSync(folder, 0o755); // As root, Postgres runs as another user who has to get in.
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const start = async (secrets: Secrets): Promise<RunningBackends> =>
  startEmbedded({
    folder,
    logs: join(folder, 'logs'),
    ports: await anyFreePorts(),
    secrets,
    only: ['postgres'],
    isDurable: false,
    clickHouseDatabases: [],
    natsBinary: { env: process.env },
  });

async function ask<Row>(url: string, sql: string): Promise<Row[]> {
  const postgres = openPostgres(url, { connectionsMax: 1 });
  try {
    return (await postgres.query<Row>(sql)).rows;
  } finally {
    await postgres.close();
  }
}

test('each role needs its own password, and the data outlives the server', async () => {
  const secrets = makeSecrets([]);
  const first = await start(secrets);
  await ask(first.urls.postgres, 'create table kept as select 7 as id');
  const wrong = Object.assign(new URL(first.urls.postgres), { password: 'wrong' }).href;
  await expect(ask(wrong, 'select 1')).rejects.toThrow('password authentication failed');
  const analyst = requiredUrl(first.urls.postgresAnalyst, 'the Postgres analyst');
  await expect(ask(analyst, 'create table mine (id int)')).rejects.toThrow('read-only transaction');
  await first.stop();
  const second = await start(secrets);
  expect(await ask(second.urls.postgres, 'select id from kept')).toEqual([{ id: 7 }]);
  await second.stop();
});

test('data of a home that is gone is made anew under the passwords of the new one', async () => {
  const backends = await start(makeSecrets([]));
  expect(await ask(backends.urls.postgres, "select to_regclass('kept') is null as is_gone")).toEqual([{ is_gone: true }]);
  await backends.stop();
});
