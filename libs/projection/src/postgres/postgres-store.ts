/**
 * A view in Postgres: states are read once, cached and folded in memory; a batch is one transaction that moves the positions (which fences
 * another runner), inserts the event log (which finds events that were stored twice) and writes each table with one statement.
 */
import { encodeEvent } from '@lurus/events/codec';
import { schemaOf, type StateProjection } from '../define-projection.ts';
import { foldBatch, type Folded } from '../fold-batch.ts';
import type { Applied, Batch, Position, Positions, Store } from '../store.ts';
import { defineTable } from '../table.ts';
import { changeStatements, insertStatement } from './batch-writes.ts';
import { migrate } from './migrate.ts';
import { openPostgres, type Postgres, type SqlSession, type SqlStatement } from './open-postgres.ts';
import { advanced, createPositions, movePositions, type PositionsOf, readPositions, type StoredPosition } from './positions.ts';
import { createStateReader, type StateReader } from './state-reader.ts';

const appliedEvents = defineTable({
  name: 'applied_events',
  key: ['event_id'],
  isEventLog: true,
  columns: { event_id: 'text', sequence: 'bigint' },
});

const parkedEvents = defineTable({
  name: 'parked_events',
  key: ['sequence'],
  columns: { sequence: 'bigint', key: 'text', event_id: 'text', event: 'text', error: 'text' },
});

const frozenKeys = defineTable({ name: 'frozen_keys', key: ['key'], columns: { key: 'text', sequence: 'bigint', error: 'text' } });

/** Postgres takes every character but NUL; texts about poison may quote anything. */
const storable = (text: string): string => text.replaceAll('\u0000', '\uFFFD');

/** What the event log did not take: these events were applied before, under an earlier sequence. */
class StoredTwice extends Error {
  override readonly name = 'StoredTwice';
}

/** The bucket's side of a view in Postgres; see `bucket-feed.ts`. */
export interface BucketLedger {
  readonly bucketPositions: () => ReadonlyMap<number, StoredPosition>;
  /** Keys whose state changed after a sequence, in order, after a key. */
  readonly changedSince: (input: { readonly sequence: number; readonly afterKey: string; readonly max: number }) => Promise<string[]>;
  readonly states: (keys: readonly string[]) => Promise<ReadonlyMap<string, unknown>>;
  readonly frozen: () => readonly string[];
  /** Notes at once that the bucket has everything that is committed. */
  readonly noteComplete: (bucket: { readonly createdAt: string; readonly revision: number }) => Promise<void>;
  /** Notes with the next batch that the bucket has everything up to now. */
  readonly noteRevision: (revision: number) => void;
  /** Reads `bucketPositions` again. */
  readonly reload: () => Promise<void>;
}

/** A store in Postgres, and what the bucket and the clock's events need of it. */
export interface PostgresStore extends Store, BucketLedger {
  /** Runs one of the projection's SQL files. */
  readonly query: <Row>(file: URL, values: readonly (string | number)[]) => Promise<Row[]>;
}

/** Which view, and where it is kept; the URL names a user who may make schemas. */
export interface PostgresStoreOptions {
  readonly url: string;
  readonly projection: StateProjection;
  readonly stream: string;
  readonly partitions: readonly number[];
}

/** Opens the store; nothing is read before `open`. */
export function createPostgresStore(options: PostgresStoreOptions): PostgresStore {
  const { projection } = options;
  const of: PositionsOf = { projection, stream: options.stream, partitions: options.partitions };
  const postgres = openPostgres(options.url, {
    applicationName: `lurus ${projection.name}`,
    connectionsMax: 3, // The batch, the bucket's and the clock's reads.
    searchPath: schemaOf(projection),
    isPipelined: true,
  });
  return createStore({ of, postgres, projection, reader: createStateReader(postgres, projection) });
}

interface StoreParts {
  readonly of: PositionsOf;
  readonly postgres: Postgres;
  readonly projection: StateProjection;
  readonly reader: StateReader;
}

function createStore({ of, postgres, projection, reader }: StoreParts): PostgresStore {
  const { states, parts } = reader;
  const frozen = new Set<string>();
  let stored: ReadonlyMap<number, StoredPosition> = new Map();
  let positions: Positions = new Map();
  let bucketRevision: number | undefined;

  const read = async (): Promise<Positions> => {
    const { rows } = await postgres.query<{ key: string }>('select key from frozen_keys');
    stored = await readPositions(postgres, of);
    const isMoved = [...stored.values()].some((position) => positions.get(position.partition)?.sequence !== position.sequence);
    if (isMoved) for (const cache of [states, parts]) cache.clear();
    frozen.clear();
    for (const { key } of rows) frozen.add(key);
    positions = stored;
    return positions;
  };
  const commit = (folded: Folded, next: Positions): Promise<void> =>
    commitBatch({ postgres, folded, move: { of, previous: positions, next, bucketRevision } });
  const apply = async (batch: Batch): Promise<Applied> => {
    await reader.loadMissing(batch.steps);
    const next = advanced(positions, { sequence: batch.lastSequence, lastId: batch.lastId });
    const input = { projection, steps: batch.steps, states: states.entries, parts: parts.entries, frozen };
    let folded = foldBatch({ ...input, duplicates: new Set() });
    try {
      await commit(folded, next);
    } catch (error) {
      if (!(error instanceof StoredTwice)) throw error;
      folded = foldBatch({ ...input, duplicates: await storedBefore(postgres, folded) });
      await commit(folded, next);
    }
    positions = next;
    states.keep(folded.states);
    parts.keep(folded.parts);
    for (const key of folded.frozen.keys()) frozen.add(key);
    return { ...folded, applied: folded.applied.length, touched: folded.states };
  };
  return {
    open: async ({ createdAt }) => {
      await migrate(postgres, projection);
      await createPositions(postgres, of, createdAt);
      return read();
    },
    positions: () => positions,
    refresh: read,
    apply,
    advance: async (to) => {
      const next: ReadonlyMap<number, Position> = advanced(positions, to);
      await postgres.transaction((session) => movePositions(session, { of, previous: positions, next, bucketRevision }));
      positions = next;
    },
    close: () => postgres.close(),
    query: reader.query,
    ...bucketLedger({ of, postgres, projection, reader, stored: () => stored, frozen }),
    noteRevision: (revision) => {
      bucketRevision = revision;
    },
    reload: async () => {
      stored = await readPositions(postgres, of);
    },
  };
}

/** One transaction, sent in one go: positions first, since the row locks they take keep a second runner out. */
async function commitBatch(input: {
  readonly postgres: Postgres;
  readonly folded: Folded;
  readonly move: Parameters<typeof movePositions>[1];
}): Promise<void> {
  const { folded, move } = input;
  const written = statementsOf(folded);
  await input.postgres.transaction(async (session) => {
    const moved = movePositions(session, move);
    const logged = insertLog(session, folded);
    await allInOrder([moved, logged, ...written.map((statement) => session.query(statement))]);
    if ((await logged) !== folded.applied.length) throw new StoredTwice('the event log has some of these events already');
  });
}

/**
 * Waits for statements that were sent together and throws what the first failing one threw: those behind it fail too, but only because the
 * transaction is lost, and whichever is heard first would hide the reason.
 */
async function allInOrder(statements: readonly Promise<unknown>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(statements)) if (outcome.status === 'rejected') throw outcome.reason;
}

function bucketLedger(input: {
  readonly of: PositionsOf;
  readonly postgres: Postgres;
  readonly projection: StateProjection;
  readonly reader: StateReader;
  readonly stored: () => ReadonlyMap<number, StoredPosition>;
  readonly frozen: ReadonlySet<string>;
}): Omit<BucketLedger, 'noteRevision' | 'reload'> {
  const { of, postgres, projection, reader } = input;
  return {
    bucketPositions: input.stored,
    changedSince: async ({ sequence, afterKey, max }) => {
      if (!projection.output) return [];
      const rows = await reader.query<{ key: string }>(projection.output.changedSince, [sequence, afterKey, max]);
      return rows.map(({ key }) => key);
    },
    states: async (keys) => new Map(await reader.load(keys)),
    frozen: () => [...input.frozen],
    noteComplete: async ({ createdAt, revision }) => {
      await postgres.query(
        `update lurus.positions set bucket_sequence = sequence, bucket_created_at = $5, bucket_revision = $6
         where projection = $1 and version = $2 and stream = $3 and partition = any ($4::integer[])`,
        [of.projection.name, of.projection.version, of.stream, of.partitions, createdAt, revision],
      );
    },
  };
}

/** Inserts one row for every applied event and says how many were new. */
async function insertLog(session: SqlSession, folded: Folded): Promise<number> {
  if (folded.applied.length === 0) return 0;
  const own = folded.logTable;
  const rows = own ? folded.logRows : folded.applied.map((event) => ({ event_id: event.id, sequence: event.sequence }));
  return (await session.query(insertStatement(own ?? appliedEvents, rows))).count;
}

/** Sequences of the batch whose event the log has under an earlier one. */
async function storedBefore(postgres: Postgres, folded: Folded): Promise<ReadonlySet<number>> {
  const table = (folded.logTable ?? appliedEvents).name;
  const { rows } = await postgres.query<{ event_id: string }>(`select event_id from ${table} where event_id = any ($1::text[])`, [
    folded.applied.map((event) => event.id),
  ]);
  const known = new Set(rows.map((row) => row.event_id));
  return new Set(folded.applied.filter((event) => known.has(event.id)).map((event) => event.sequence));
}

/** Everything that a batch writes apart from positions and event log. */
function statementsOf(folded: Folded): readonly SqlStatement[] {
  const parked = folded.parked.map(({ key, step }) =>
    parkedEvents.put({
      sequence: step.sequence,
      key: storable(key),
      event_id: step.eventId ?? '',
      event: step.event ? storable(encodeEvent(step.event)) : '',
      error: storable(step.fault?.error ?? ''),
    }),
  );
  const frozen = [...folded.frozen].map(([key, step]) =>
    frozenKeys.put({ key: storable(key), sequence: step.sequence, error: storable(step.fault?.error ?? '') }),
  );
  return [
    ...[...folded.changes].flatMap(([table, changes]) => changeStatements(table, changes.values())),
    ...changeStatements(parkedEvents, parked),
    ...changeStatements(frozenKeys, frozen),
  ];
}
