/** Every row of one projection version as text in one order: two views are equal if their dumps are, byte for byte. */
import { schemaOf } from '../define-projection.ts';
import type { Postgres } from './open-postgres.ts';

/** Tables by name, rows by their own text. For tests and verifications of views that fit into memory. */
export async function canonicalDump(postgres: Postgres, projection: { readonly name: string; readonly version: number }): Promise<string> {
  const schema = schemaOf(projection);
  const { rows: tables } = await postgres.query<{ name: string }>(
    "select table_name as name from information_schema.tables where table_schema = $1 and table_type = 'BASE TABLE' order by table_name",
    [schema],
  );
  const parts: string[] = [];
  for (const { name } of tables) {
    const { rows } = await postgres.query<{ line: string }>(
      `select t::text as line from ${schema}.${name} as t order by t::text collate "C"`,
    );
    parts.push(`# ${name}`, ...rows.map(({ line }) => line));
  }
  return `${parts.join('\n')}\n`;
}
