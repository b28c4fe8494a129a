/** Positions in Postgres: read, created, and moved only from where this runner last saw them. */
import { FenceLost, type Position, type Positions } from '../store.ts';
import type { SqlSession } from './open-postgres.ts';

/** Whose positions: one projection version in one stream, some of its partitions. */
export interface PositionsOf {
  readonly projection: { readonly name: string; readonly version: number };
  readonly stream: string;
  readonly partitions: readonly number[];
}

/** A position, and how far the bucket has followed. */
export interface StoredPosition extends Position {
  readonly bucketSequence: number;
  readonly bucketCreatedAt: string;
  readonly bucketRevision: number;
}

interface PositionRow {
  readonly partition: number;
  readonly sequence: number;
  readonly last_id: string;
  readonly stream_created_at: string;
  readonly bucket_sequence: number;
  readonly bucket_created_at: string;
  readonly bucket_revision: number;
}

const identity = ({ projection, stream }: PositionsOf) => [projection.name, projection.version, stream] as const;

/** Starts partitions that were never folded at 0; one that is still there takes the stream as it is now. */
export async function createPositions(session: SqlSession, of: PositionsOf, streamCreatedAt: string): Promise<void> {
  await session.query(
    `insert into lurus.positions (projection, version, stream, partition, sequence, last_id, stream_created_at)
     select $1, $2, $3, partition, 0, '', $5 from unnest($4::integer[]) as mine (partition)
     on conflict (projection, version, stream, partition) do update set stream_created_at = excluded.stream_created_at
       where positions.sequence = 0`,
    [...identity(of), of.partitions, streamCreatedAt],
  );
}

/** The positions as they are now, by partition. */
export async function readPositions(session: SqlSession, of: PositionsOf): Promise<ReadonlyMap<number, StoredPosition>> {
  const { rows } = await session.query<PositionRow>(
    `select partition, sequence, last_id, stream_created_at, bucket_sequence, bucket_created_at, bucket_revision
     from lurus.positions where projection = $1 and version = $2 and stream = $3 and partition = any ($4::integer[]) order by partition`,
    [...identity(of), of.partitions],
  );
  return new Map(
    rows.map((row) => [
      row.partition,
      {
        partition: row.partition,
        sequence: row.sequence,
        lastId: row.last_id,
        streamCreatedAt: row.stream_created_at,
        bucketSequence: row.bucket_sequence,
        bucketCreatedAt: row.bucket_created_at,
        bucketRevision: row.bucket_revision,
      },
    ]),
  );
}

/** The positions after every partition was read up to `sequence`; one that is further already stays. */
export function advanced(positions: Positions, to: { readonly sequence: number; readonly lastId: string }): Map<number, Position> {
  const next = new Map<number, Position>();
  for (const [partition, position] of positions) {
    next.set(partition, position.sequence >= to.sequence ? position : { ...position, sequence: to.sequence, lastId: to.lastId });
  }
  return next;
}

/**
 * Moves positions from `previous` to `next` (the same partitions). What the bucket was given before this moment is noted along the way, so
 * that it costs no statement of its own. Throws FenceLost when a single one stands elsewhere.
 */
export async function movePositions(
  session: SqlSession,
  input: { readonly of: PositionsOf; readonly previous: Positions; readonly next: Positions; readonly bucketRevision: number | undefined },
): Promise<void> {
  const { of, previous, next, bucketRevision } = input;
  const before = [...previous.values()];
  const after = before.map(({ partition }) => next.get(partition));
  const { count } = await session.query({
    name: 'positions move',
    text: `update lurus.positions as p
           set sequence = mine.next, last_id = mine.last_id,
             bucket_sequence = case when $8::bigint is null then p.bucket_sequence else mine.previous end,
             bucket_revision = coalesce($8::bigint, p.bucket_revision)
           from unnest($4::integer[], $5::bigint[], $6::bigint[], $7::text[]) as mine (partition, previous, next, last_id)
           where p.projection = $1 and p.version = $2 and p.stream = $3 and p.partition = mine.partition and p.sequence = mine.previous`,
    values: [
      ...identity(of),
      before.map(({ partition }) => partition),
      before.map(({ sequence }) => sequence),
      after.map((position) => position?.sequence ?? 0),
      after.map((position) => position?.lastId ?? ''),
      bucketRevision ?? null,
    ],
  });
  if (count === before.length) return;
  throw new FenceLost(
    `another runner moved the positions of ${of.projection.name} v${of.projection.version} in ${of.stream}: ` +
      `${before.length - count} of ${before.length} partitions are not where this runner left them`,
  );
}
