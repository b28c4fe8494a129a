import { usePostgres } from '@lurus/testkit/use-postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isPostgresAway, openPostgres, type Postgres, PostgresError } from './open-postgres.ts';

const postgres = usePostgres();
let database: Postgres;
beforeAll(() => {
  database = openPostgres(postgres.url);
});
afterAll(() => database.close());

test('money comes as bigint, sequences and counts as numbers, moments as RFC 3339 in UTC', async () => {
  const { rows } = await database.query(`
    select 12345678901234567890123456789012345678::numeric(38, 0) as money, 9007199254740991::bigint as sequence, count(*) as count,
      sum(x::numeric) as total, timestamptz '2026-11-23 09:00:00.123+01' as at, null::numeric as nothing
    from unnest(array[1, 2]) as u (x)`);
  expect(rows).toEqual([
    {
      money: 12345678901234567890123456789012345678n,
      sequence: 9_007_199_254_740_991,
      count: 2,
      total: 3n,
      at: '2026-11-23T08:00:00.123Z',
      nothing: null,
    },
  ]);
});

test('a number that would lose digits is refused, not rounded', async () => {
  await expect(database.query('select 9007199254740993::bigint as sequence')).rejects.toThrow('does not fit a number exactly');
  await expect(database.query('select 0.5::numeric as money')).rejects.toThrow('has a fraction');
});

test('bigint goes in as it came out', async () => {
  const { rows } = await database.query<{ same: boolean }>('select $1::numeric = 98765432109876543210::numeric as same', [
    98765432109876543210n,
  ]);
  expect(rows[0]?.same).toBe(true);
});

test('a transaction is all or nothing', async () => {
  await database.script('create table things (thing text primary key)');
  const failing = database.transaction(async (session) => {
    await session.query('insert into things values ($1)', ['one']);
    await session.query('insert into things values ($1)', ['one']);
  });
  await expect(failing).rejects.toMatchObject({ sqlState: '23505' });
  expect((await database.query('select * from things')).count).toBe(0);
  expect(await database.transaction(async (session) => (await session.query("insert into things values ('two')")).count)).toBe(1);
  expect((await database.query('select * from things')).rows).toEqual([{ thing: 'two' }]);
});

test('a refusal is told from an absence, also of a connection that is cut in the middle of a transaction', async () => {
  await expect(database.query('select nothing_of_the_kind')).rejects.toBeInstanceOf(PostgresError);
  const nobody = openPostgres('postgres://lurus:x@127.0.0.1:1/lurus');
  expect(await nobody.query('select 1').catch(isPostgresAway)).toBe(true);
  await nobody.close();
  const cut = database.transaction(async (session) => {
    const { rows } = await session.query<{ pid: number }>('select pg_backend_pid() as pid');
    await database.query('select pg_terminate_backend($1)', [rows[0]?.pid ?? 0]);
    await session.query('select 1');
  });
  expect(await cut.catch(isPostgresAway)).toBe(true);
  expect((await database.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
});
