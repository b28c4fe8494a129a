/** Tables as projections declare them: enough for the runner to write a whole batch of rows with one statement. */
import type { Instant } from '@lurus/base/clock';

/** What one column takes, by its Postgres type. JSON goes in as its text. Every column may be null where its table allows it. */
interface ColumnValues {
  readonly text: string;
  readonly numeric: bigint;
  readonly bigint: number;
  readonly integer: number;
  readonly boolean: boolean;
  readonly timestamptz: Instant;
  readonly jsonb: string;
  readonly 'text[]': readonly string[];
}
/** A Postgres type that a column may have. */
export type ColumnType = keyof ColumnValues;
/** The columns of a table by name. */
export type Columns = Readonly<Record<string, ColumnType>>;
/** Any value of any column. */
export type ColumnValue = ColumnValues[ColumnType] | null;

/** A row of a table with these columns, every column named. */
export type RowOf<Shape extends Columns> = { readonly [Column in keyof Shape]: ColumnValues[Shape[Column]] | null };
/** A row of any table. */
export type AnyRow = Readonly<Record<string, ColumnValue>>;

/** One change of one row. Within a batch the last change of a row wins. */
export interface RowChange {
  readonly table: Table;
  /** The primary key as one text, unique within the table. */
  readonly id: string;
  /** The whole row to store, or undefined to delete it; `key` then says which one. */
  readonly row: AnyRow | undefined;
  readonly key: AnyRow;
}

/** As declared; see `defineTable`. */
export interface TableDeclaration<Shape extends Columns> {
  readonly name: string;
  /** Columns of the primary key. */
  readonly key: readonly (keyof Shape & string)[];
  readonly columns: Shape;
  /**
   * Whether the table keeps one row for every event, with a unique `event_id`. The runner then learns from it which events it had already
   * applied; a projection without such a table gets one of the runner's own. Rows of it are only ever inserted.
   */
  readonly isEventLog?: boolean;
}

/** A declared table, which makes changes of its rows. */
export interface Table<Shape extends Columns = Columns> {
  readonly name: string;
  readonly key: readonly string[];
  readonly columns: Shape;
  readonly isEventLog: boolean;
  put(row: RowOf<Shape>): RowChange; // Methods, so that tables of different columns share one list type.
  remove(key: Partial<RowOf<Shape>>): RowChange;
}

/** Declares a table of a projection's schema; the columns must be those of its `schema.sql`. */
export function defineTable<const Shape extends Columns>(declaration: TableDeclaration<Shape>): Table<Shape> {
  const { name, key, columns, isEventLog = false } = declaration;
  const [only = ''] = key;
  // NUL cannot occur in a Postgres text, so that no two keys of several columns read the same.
  const idOf = (row: AnyRow): string => (key.length === 1 ? String(row[only]) : key.map((column) => String(row[column])).join('\u0000'));
  const table: Table<Shape> = {
    name,
    key,
    columns,
    isEventLog,
    put: (row) => ({ table, id: idOf(row), row, key: row }),
    remove: (row) => {
      const given = row as AnyRow; // A part of a row is a row of fewer columns.
      return { table, id: idOf(given), row: undefined, key: given };
    },
  };
  return table;
}
