/**
 * Method: the whole product serves some requests; a verification of it finds nothing. Then each view is tampered with behind the product's
 * back, with the rights of whoever could do it, and the verification must find it and name the event.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { systemClock } from '@lurus/base/clock';
import { nanos } from '@lurus/base/money';
import { openJournal } from '@lurus/journal/connect';
import { openClickHouse } from '@lurus/projection/clickhouse/open-clickhouse';
import { openPostgres, type Postgres } from '@lurus/projection/postgres/open-postgres';
import { balancesBucket } from '@lurus/streams/buckets';
import { useSystem } from '@lurus/testkit/use-system';
import { silentLog } from '@lurus/testkit/use-journal';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';

const system = useSystem();
const main = fileURLToPath(new URL('../../../apps/cli/src/main.ts', import.meta.url));
const say = [{ role: 'user', content: 'Say hello' }];
const SETUP_TIMEOUT_MS = 120_000;

const Secrets = z.looseObject({
  nats_seeds: z.looseObject({ projector: z.string() }),
  postgres_password: z.string(),
  clickhouse_password: z.string(),
});
const Result = z.looseObject({
  differences: z.number(),
  settlements: z.number(),
  requests: z.number(),
  findings: z.array(
    z.object({ place: z.string(), sequence: z.number(), event_id: z.string(), key: z.string(), says: z.string(), stream: z.string() }),
  ),
});

let secrets: z.output<typeof Secrets>;
let postgres: Postgres;

async function verify(): Promise<{ readonly exit: number; readonly notes: string; readonly result: z.output<typeof Result> }> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('LURUS_')));
  const args = [main, '--home', system.home(), '--json', 'ledger', 'verify'];
  const ran = await promisify(execFile)(process.execPath, args, { env }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: unknown) => error as { readonly code: number; readonly stdout: string; readonly stderr: string }, // What execFile rejects with.
  );
  return { exit: ran.code, notes: ran.stderr, result: Result.parse(JSON.parse(ran.stdout)) };
}

const ownUrl = (url: string, password: string): string => {
  const own = new URL(url);
  own.username = 'lurus';
  own.password = password;
  return own.href;
};

beforeAll(async () => {
  secrets = Secrets.parse(JSON.parse(readFileSync(join(system.home(), 'secrets.json'), 'utf8')));
  const { gateway, demo_key: key } = system.ready();
  postgres = openPostgres(ownUrl(system.ready().postgres, secrets.postgres_password));
  for (let turn = 0; turn < 6; turn += 1) {
    const body = { model: 'claude-sonnet-5', max_tokens: 64, stream: turn % 2 === 0, messages: say };
    const answer = await fetch(`${gateway}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': key, 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(200);
    await answer.text();
  }
}, SETUP_TIMEOUT_MS);

afterAll(() => postgres.close());

test('a system that was left alone verifies', async () => {
  const { exit, result } = await verify();
  expect(result).toMatchObject({ differences: 0, findings: [], settlements: 6, requests: 6 });
  expect(exit).toBe(0);
});

test('an amount changed by hand in Postgres is found, with its event', async () => {
  const { rows } = await postgres.query<{ readonly sequence: number; readonly event_id: string }>(
    "select sequence, event_id from transactions where event_name = 'usage.settled' order by sequence limit 1",
  );
  const [row] = rows;
  await postgres.query('update wallets_v1.transactions set amount_nanos = amount_nanos + 1 where sequence = $1', [row?.sequence ?? 0]);
  const { exit, notes, result } = await verify();
  expect(exit).toBe(1);
  expect(result.findings).toMatchObject([
    { place: 'postgres', sequence: row?.sequence, event_id: row?.event_id, key: 'transactions.amount_nanos' },
  ]);
  expect(notes).toContain('ledger_differs');
  await postgres.query('update wallets_v1.transactions set amount_nanos = amount_nanos - 1 where sequence = $1', [row?.sequence ?? 0]);
});

test('a wallet that gained money in Postgres, and a hold that nobody placed, are found', async () => {
  await postgres.query('update wallets_v1.wallets set available_nanos = available_nanos + 5, credited_nanos = credited_nanos + 5');
  await postgres.query(
    `insert into wallets_v1.holds select '01KAQ4V0H0REQVEST000000001', wallet_id, tenant_id, 'abcdefgh', user_id, 'm', 7, 'p', now(), now() + interval '1 hour', 1, 'e' from wallets_v1.wallets limit 1`,
  );
  const { exit, result } = await verify();
  expect(exit).toBe(1);
  expect(result.findings.map(({ place, key }) => `${place} ${key}`).toSorted()).toEqual([
    'postgres holds.request_id',
    'postgres wallets.available_nanos',
  ]);
  await postgres.query('update wallets_v1.wallets set available_nanos = available_nanos - 5, credited_nanos = credited_nanos - 5');
  await postgres.query('delete from wallets_v1.holds');
});

test('a transaction that is gone is found', async () => {
  const taken = await postgres.query<Record<string, string | number | bigint>>(
    'delete from wallets_v1.transactions where sequence = 3 returning *',
  );
  expect(taken.count).toBe(1);
  const { result } = await verify();
  expect(result.findings).toMatchObject([{ place: 'postgres', sequence: 3, key: 'transactions.sequence' }]);
  const [row = {}] = taken.rows;
  const names = Object.keys(row);
  const values = Object.values<string | number | bigint>(row);
  await postgres.query(
    `insert into wallets_v1.transactions (${names.join(', ')}) values (${names.map((_, index) => `$${index + 1}`).join(', ')})`,
    values,
  );
  expect((await verify()).result.differences).toBe(0);
});

test('a wrong balance in KV is found', async () => {
  const projector = await openJournal({
    url: system.ready().nats,
    seed: secrets.nats_seeds.projector,
    processName: 'projector',
    instance: 'tamper',
    clock: systemClock,
    log: silentLog,
    needsDurableServer: false,
  });
  const writer = await projector.writer(balancesBucket);
  const keys = (await writer.keys()).filter((key) => !key.startsWith('heartbeat.'));
  const [walletId = ''] = keys;
  const value = await writer.get(walletId);
  if (value?.kind !== 'balance') throw new Error('the demo wallet has no balance');
  await writer.put(walletId, { ...value, availableNanos: nanos(value.availableNanos + 1n) });
  const { exit, result } = await verify();
  expect(exit).toBe(1);
  expect(result.findings).toMatchObject([{ place: 'kv', sequence: value.sequence, key: 'BALANCES.available_nanos' }]);
  await writer.put(walletId, value);
  await projector.close();
});

test('rows that are gone from ClickHouse are found, each with its event', async () => {
  const clickhouse = openClickHouse(ownUrl(system.ready().clickhouse, secrets.clickhouse_password));
  const lost = async (table: string, where: string): Promise<void> => {
    await clickhouse.command(`ALTER TABLE ${table} DELETE WHERE ${where} SETTINGS mutations_sync = 1`);
  };
  await lost('ledger_log_v1', 'sequence = 3');
  await lost('request_log_v1', 'sequence = 2');
  await lost('usage_v1', 'sequence = 3');
  const { exit, result } = await verify();
  expect(exit).toBe(1);
  expect(result.findings.map(({ stream, sequence, key }) => `${stream} ${sequence} ${key}`)).toEqual(
    expect.arrayContaining(['BILLING_EVENTS 3 ledger_log.sequence', 'LLM_EVENTS 2 request_log.sequence']),
  );
  expect(result.findings.map(({ key }) => key)).toContain('usage_hourly.requests');
  await clickhouse.close();
});
