/** The statements that write a batch: for each table one insert or upsert and one delete, whatever the number of rows. */
import type { AnyRow, RowChange, Table } from '../table.ts';
import { arrayLiteral, wireType } from './array-literal.ts';
import type { SqlStatement } from './open-postgres.ts';

const list = (names: readonly string[], text: (name: string, index: number) => string): string => names.map(text).join(', ');

function unnested(table: Table, columns: readonly string[]): string {
  const parameters = list(columns, (column, index) => `$${index + 1}::${wireType(table.columns[column] ?? 'text')}[]`);
  return `unnest(${parameters}) as u (${columns.join(', ')})`;
}

function selected(table: Table, columns: readonly string[]): string {
  return list(columns, (column) => {
    const type = table.columns[column] ?? 'text';
    return wireType(type) === type ? column : `${column}::${type}`;
  });
}

function valuesOf(table: Table, columns: readonly string[], rows: readonly AnyRow[]): string[] {
  return columns.map((column) =>
    arrayLiteral(
      table.columns[column] ?? 'text',
      rows.map((row) => row[column] ?? null),
    ),
  );
}

/** What one table needs, as text that stays the same for every batch, so that it is prepared once. */
interface TableStatements {
  readonly insert: string;
  readonly upsert: string;
  readonly remove: string;
  readonly columns: readonly string[];
}

const statements = new WeakMap<Table, TableStatements>();

function statementsOf(table: Table): TableStatements {
  let known = statements.get(table);
  if (!known) {
    const columns = Object.keys(table.columns);
    const others = columns.filter((column) => !table.key.includes(column));
    const insert = `insert into ${table.name} (${columns.join(', ')}) select ${selected(table, columns)} from ${unnested(table, columns)}`;
    const update = others.length === 0 ? 'nothing' : `update set ${list(others, (column) => `${column} = excluded.${column}`)}`;
    known = {
      columns,
      insert: `${insert} on conflict do nothing`,
      upsert: `${insert} on conflict (${table.key.join(', ')}) do ${update}`,
      remove: `delete from ${table.name} as t using ${unnested(table, table.key)} where ${table.key
        .map((column) => `t.${column} = u.${column}`)
        .join(' and ')}`,
    };
    statements.set(table, known);
  }
  return known;
}

/** Inserts rows of an event log; rows whose event is there already are left out, so that the count tells. */
export function insertStatement(table: Table, rows: readonly AnyRow[]): SqlStatement {
  const { insert, columns } = statementsOf(table);
  return { name: `${table.name} insert`, text: insert, values: valuesOf(table, columns, rows) };
}

/** The upsert and the delete of one table's changes, as far as there are any. */
export function changeStatements(table: Table, changes: Iterable<RowChange>): readonly SqlStatement[] {
  const { upsert, remove, columns } = statementsOf(table);
  const puts: AnyRow[] = [];
  const removals: AnyRow[] = [];
  for (const change of changes)
    if (change.row) puts.push(change.row);
    else removals.push(change.key);
  const written: SqlStatement[] = [];
  if (puts.length > 0) written.push({ name: `${table.name} upsert`, text: upsert, values: valuesOf(table, columns, puts) });
  if (removals.length > 0) written.push({ name: `${table.name} remove`, text: remove, values: valuesOf(table, table.key, removals) });
  return written;
}
