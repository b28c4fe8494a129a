import { expect, test } from 'vitest';
import { openClickHouse } from '@lurus/projection/clickhouse/open-clickhouse';
import { openPostgres } from '@lurus/projection/postgres/open-postgres';
import { useClickHouse } from './use-clickhouse.ts';
import { usePostgres } from './use-postgres.ts';

const postgres = usePostgres();
const clickHouse = useClickHouse();

test("the analyst reads views in schema public of this file's Postgres database and changes nothing", async () => {
  const owner = openPostgres(postgres.url);
  const analyst = openPostgres(postgres.analystUrl);
  try {
    await owner.script('create schema wallets_v1; create table wallets_v1.wallets (id int); insert into wallets_v1.wallets values (7)');
    await owner.script('create view public.wallets as select * from wallets_v1.wallets');
    expect((await analyst.query('select id from wallets')).rows).toEqual([{ id: 7 }]);
    await expect(analyst.query('select id from wallets_v1.wallets')).rejects.toThrow('permission denied');
    await expect(analyst.query('create table mine (id int)')).rejects.toThrow('read-only transaction');
  } finally {
    await Promise.all([owner.close(), analyst.close()]);
  }
});

test("the analyst reads this file's ClickHouse database and changes nothing", async () => {
  const owner = openClickHouse(clickHouse.url);
  const analyst = openClickHouse(clickHouse.analystUrl);
  try {
    await owner.command('CREATE TABLE lines_v1 (id UInt32) ENGINE = ReplacingMergeTree ORDER BY id');
    await owner.command('CREATE VIEW lines AS SELECT * FROM lines_v1 FINAL');
    await owner.insert({ table: 'lines_v1', rows: [{ id: 7 }] });
    expect(await analyst.query('SELECT id FROM lines')).toEqual([{ id: 7 }]);
    await expect(analyst.command('DROP TABLE lines_v1')).rejects.toThrow('DROP TABLE');
    await expect(analyst.query("SELECT * FROM file('/etc/passwd', 'LineAsString')")).rejects.toThrow('READ ON FILE');
  } finally {
    await Promise.all([owner.close(), analyst.close()]);
  }
});
