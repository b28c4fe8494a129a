/**
 * A view in ClickHouse: every event gives rows by itself. There are no transactions, so rows go in first, under a token that names their
 * range, and positions after: a repeated insert is dropped by its token or, cut differently, by the tables' own keys.
 */
import { readFileSync } from 'node:fs';
import type { RowProjection } from '../define-projection.ts';
import { mapBatch } from '../map-batch.ts';
import { advanced } from '../postgres/positions.ts';
import type { Position, Positions, Store } from '../store.ts';
import { type ClickHouse, openClickHouse } from './open-clickhouse.ts';

/** Which view, and where it is kept; the URL names the database. */
export interface ClickHouseStoreOptions {
  readonly url: string;
  readonly projection: RowProjection;
  readonly stream: string;
  readonly partitions: readonly number[];
}

interface PositionRow {
  readonly partition: number;
  readonly sequence: string;
  readonly last_id: string;
  readonly stream_created_at: string;
}

/** The statements of a file: each ends with `;` at the end of a line. */
const statementsOf = (file: URL): string[] =>
  readFileSync(file, 'utf8')
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');

/** Opens the store; nothing is read before `open`. */
export function createClickHouseStore(options: ClickHouseStoreOptions): Store {
  const { projection, stream, partitions } = options;
  const clickhouse = openClickHouse(options.url);
  let streamCreatedAt = '';
  let positions: Positions = new Map();
  const read = async (): Promise<Positions> => {
    positions = await readPositions({ clickhouse, projection, stream, partitions, streamCreatedAt });
    return positions;
  };
  const write = async (next: Positions): Promise<void> => {
    const moved = [...next.values()].filter((position) => positions.get(position.partition)?.sequence !== position.sequence);
    await clickhouse.insert({
      table: 'projection_positions',
      rows: moved.map((position) => positionRow({ projection, stream, position })),
    });
    positions = next;
  };
  return {
    open: async ({ createdAt }) => {
      streamCreatedAt = createdAt;
      for (const statement of statementsOf(new URL('./positions.sql', import.meta.url))) await clickhouse.command(statement);
      const statements = statementsOf(projection.schema);
      if (await lacksTables(clickhouse, statements)) await forgetPositions(clickhouse, projection);
      for (const statement of statements) await clickhouse.command(statement);
      return read();
    },
    positions: () => positions,
    refresh: read,
    apply: async (batch) => {
      const mapped = mapBatch(projection, stream, batch.steps);
      // The partitions belong to the name: another runner's range from the same first to the same last has other events.
      const token = `${stream}:p${partitions[0]}-${partitions.at(-1)}:${batch.firstSequence}-${batch.lastSequence}`;
      for (const [table, rows] of mapped.rows) await clickhouse.insert({ table, rows, settings: { insert_deduplication_token: token } });
      await write(advanced(positions, { sequence: batch.lastSequence, lastId: batch.lastId }));
      return mapped.applied;
    },
    advance: (to) => write(advanced(positions, to)),
    close: () => clickhouse.close(),
  };
}

/** Whether one of the tables that the statements make is not there. */
async function lacksTables(clickhouse: ClickHouse, statements: readonly string[]): Promise<boolean> {
  const names = statements.flatMap((statement) => /^CREATE TABLE IF NOT EXISTS (\w+)/m.exec(statement)?.[1] ?? []);
  const rows = await clickhouse.query(
    'SELECT name FROM system.tables WHERE database = currentDatabase() AND name IN {names:Array(String)}',
    {
      names,
    },
  );
  return rows.length < names.length;
}

/** Positions without their rows would leave out everything before them: somebody dropped a table to have it filled again. */
async function forgetPositions(clickhouse: ClickHouse, { name, version }: RowProjection): Promise<void> {
  await clickhouse.command(
    'ALTER TABLE projection_positions DELETE WHERE projection = {name:String} AND version = {version:UInt32} SETTINGS mutations_sync = 1',
    { name, version },
  );
}

async function readPositions(input: {
  readonly clickhouse: ClickHouse;
  readonly projection: RowProjection;
  readonly stream: string;
  readonly partitions: readonly number[];
  readonly streamCreatedAt: string;
}): Promise<Positions> {
  const { clickhouse, projection, stream, partitions, streamCreatedAt } = input;
  const rows = await clickhouse.query<PositionRow>(
    `SELECT partition, sequence, last_id, stream_created_at FROM projection_positions FINAL
     WHERE projection = {projection:String} AND version = {version:UInt32} AND stream = {stream:String} AND partition IN {partitions:Array(UInt16)}`,
    { projection: projection.name, version: projection.version, stream, partitions },
  );
  const known = new Map(rows.map((row) => [row.partition, row]));
  return new Map(
    partitions.map((partition): [number, Position] => {
      const row = known.get(partition);
      if (!row) return [partition, { partition, sequence: 0, lastId: '', streamCreatedAt }];
      const sequence = Number(row.sequence); // Stream sequences are far below 2^53.
      return [partition, { partition, sequence, lastId: row.last_id, streamCreatedAt: row.stream_created_at }];
    }),
  );
}

const positionRow = (input: { readonly projection: RowProjection; readonly stream: string; readonly position: Position }) => ({
  projection: input.projection.name,
  version: input.projection.version,
  stream: input.stream,
  partition: input.position.partition,
  sequence: input.position.sequence,
  last_id: input.position.lastId,
  stream_created_at: input.position.streamCreatedAt,
});
