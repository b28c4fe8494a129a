/** Wipes a view in Postgres and folds the same events again, cut and interrupted at seeded places: the dump must not depend on it. */
import type { Delivery } from '@lurus/journal/journal';
import { applyBatch } from './apply-batch.ts';
import { schemaOf, type StateProjection } from './define-projection.ts';
import { canonicalDump } from './postgres/canonical-dump.ts';
import { openPostgres } from './postgres/open-postgres.ts';
import { createPostgresStore } from './postgres/postgres-store.ts';
import { createSeededNumbers, cutAtSeed } from './seeded.ts';
import { batchOf } from './steps.ts';
import { deliveriesOf, type Told } from './told.ts';

/** Which events, where, and by which chance. */
export interface ReplayOptions {
  readonly url: string;
  readonly projection: StateProjection;
  readonly events: readonly Told[];
  /** Decides where batches end, which come again, and where the runner begins anew with empty caches. */
  readonly seed: number;
  readonly batchEventsMax: number;
}

const STREAM_CREATED_AT = '2026-11-23T08:00:00Z';

/** The canonical dump of the view after all events. What stood there before is dropped. */
export async function replayedDump(options: ReplayOptions): Promise<string> {
  const { url, projection, events, seed, batchEventsMax } = options;
  const [stream] = projection.reads;
  if (!stream) throw new Error(`the projection ${projection.name} reads no stream`);
  const postgres = openPostgres(url, { connectionsMax: 1 });
  try {
    await postgres.script(`drop schema if exists ${schemaOf(projection)} cascade`);
    const next = createSeededNumbers(seed);
    let waiting = cutAtSeed(deliveriesOf(stream, events), seed, batchEventsMax);
    while (waiting.length > 0) {
      const session = waiting.slice(0, 1 + Math.floor(next() * waiting.length));
      await applyInOneSession({ url, projection, stream: stream.name, batches: session, isRepeated: next() < 0.5 });
      waiting = waiting.slice(session.length);
    }
    return await canonicalDump(postgres, projection);
  } finally {
    await postgres.close();
  }
}

async function applyInOneSession(input: {
  readonly url: string;
  readonly projection: StateProjection;
  readonly stream: string;
  readonly batches: readonly (readonly Delivery[])[];
  readonly isRepeated: boolean;
}): Promise<void> {
  const { url, projection, stream, batches, isRepeated } = input;
  const partitions = Array.from({ length: 16 }, (_, partition) => partition);
  const store = createPostgresStore({ url, projection, stream, partitions });
  try {
    await store.open({ name: stream, createdAt: STREAM_CREATED_AT });
    for (const deliveries of batches.flatMap((batch) => (isRepeated ? [batch, batch] : [batch]))) {
      const batch = batchOf(deliveries, store.positions());
      if (batch) await applyBatch(batch, { store, poisonPausesMs: [], onPoison: async () => undefined, onApplied: async () => undefined });
    }
  } finally {
    await store.close();
  }
}
