/** A view as a lane drives it: where its rows are kept, its bucket, and what comes true in it by the passing of time. */
import { instantOf } from '@lurus/base/clock';
import type { Journal, JournalConnection, Sequenced } from '@lurus/journal/journal';
import type { BucketDefinition } from '@lurus/events/bucket';
import { type BucketFeed, createBucketFeed } from './bucket-feed.ts';
import { createClickHouseStore } from './clickhouse/clickhouse-store.ts';
import type { OverdueDeclaration, Projection, RowProjection, StateProjection } from './define-projection.ts';
import { LANE_LIMITS, OVERDUE_ROWS_MAX } from './limits.ts';
import { createPostgresStore, type PostgresStore } from './postgres/postgres-store.ts';
import type { Store } from './store.ts';

/** An open view. */
export interface View {
  readonly store: Store;
  readonly feed: BucketFeed | undefined;
  /** Appends the events of what is overdue. */
  readonly overdue: ((input: { readonly nowMs: number; readonly source: string; readonly journal: Journal }) => Promise<void>) | undefined;
  /** Pause after a batch that took all there was, so that the next one is worth its cost. */
  readonly paceMs: number;
  readonly close: () => Promise<void>;
}

/** Opens a view afresh, for one session. */
export type OpenView = () => Promise<View>;

/** Which view, and the back ends that it may use. */
export interface ViewPlace {
  readonly projection: Projection;
  readonly stream: string;
  readonly partitions: readonly number[];
  readonly connection: JournalConnection;
  readonly postgresUrl: string | undefined;
  readonly clickhouseUrl: string | undefined;
}

/** How a projection's view is opened. Throws an Error at once when its back end has no URL. */
export function viewOpener(place: ViewPlace): OpenView {
  const { projection, postgresUrl, clickhouseUrl } = place;
  if (projection.kind === 'state') {
    if (postgresUrl === undefined) throw new Error(`the projection ${projection.name} needs the URL of Postgres`);
    return () => openStateView(place, projection, postgresUrl);
  }
  if (clickhouseUrl === undefined) throw new Error(`the projection ${projection.name} needs the URL of ClickHouse`);
  return () => Promise.resolve(openRowView(place, projection, clickhouseUrl));
}

async function openStateView(place: ViewPlace, projection: StateProjection, url: string): Promise<View> {
  const { connection, stream, partitions } = place;
  const store = createPostgresStore({ url, projection, stream, partitions });
  try {
    const { output, overdue } = projection;
    const feed = output && (await openFeed({ connection, projection, output, store }));
    return { store, feed, overdue: overdue && overdueIn(store, overdue), paceMs: 0, close: store.close };
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function openFeed(input: {
  readonly connection: JournalConnection;
  readonly projection: StateProjection;
  readonly output: NonNullable<StateProjection['output']>;
  readonly store: PostgresStore;
}): Promise<BucketFeed> {
  const { connection, projection, output, store } = input;
  const writer = await connection.writer(output.bucket as BucketDefinition<Sequenced>); // Every bucket's values carry their sequence.
  return createBucketFeed({ projection, output, ledger: store, writer });
}

function openRowView(place: ViewPlace, projection: RowProjection, url: string): View {
  const store = createClickHouseStore({ url, projection, stream: place.stream, partitions: place.partitions });
  return { store, feed: undefined, overdue: undefined, paceMs: LANE_LIMITS.paceMs, close: store.close };
}

const overdueIn =
  (store: PostgresStore, overdue: OverdueDeclaration): View['overdue'] =>
  async ({ nowMs, source, journal }) => {
    const at = instantOf(nowMs);
    const rows = await store.query<never>(overdue.find, [at, OVERDUE_ROWS_MAX]);
    await Promise.all(
      rows.map((row) => {
        const { definition, event } = overdue.event(row, { at, source });
        return journal.append(definition, event);
      }),
    );
  };
