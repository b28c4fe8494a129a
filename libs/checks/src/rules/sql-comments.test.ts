import { expect, test } from 'vitest';
import { placesOf } from '../places-of.ts';
import { sqlComments } from './sql-comments.ts';

const places = (sql: string): string[] => placesOf(sqlComments, { 'projections/x/schema.sql': sql });

test('a comment line above, on the line, or COMMENT ON is enough', () => {
  const sql = [
    '-- One row a wallet.',
    'create table wallets (id text);',
    '',
    'create index holds_open on holds (wallet_id); -- Which holds does a wallet have?',
    'create table holds (id text);',
    "comment on table holds is 'One row an open hold.';",
  ].join('\n');
  expect(places(sql)).toEqual([]);
});

test('a ClickHouse table may carry its comment as its last clause', () => {
  expect(places("CREATE TABLE log_v1\n(\n  a String\n)\nENGINE = MergeTree ORDER BY a\nCOMMENT 'One row a request.';")).toEqual([]);
});

test('a table and an index without one are found, a commented-out one is not', () => {
  const sql =
    '-- create table old (id text);\n\ncreate table if not exists wallets (id text);\ncreate unique index by_user on wallets (user_id);';
  expect(places(sql)).toEqual(['projections/x/schema.sql:3', 'projections/x/schema.sql:4']);
});
