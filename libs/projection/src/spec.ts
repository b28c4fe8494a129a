/**
 * given / when / then for projections. Whatever a specification says is also required of the same events in batches cut at seeded places, each
 * batch delivered twice and now and then an old one again: order and redelivery must not show in any view.
 */
import { deepStrictEqual, partialDeepStrictEqual } from 'node:assert/strict';
import type { Delivery } from '@lurus/journal/journal';
import { PARTITIONS } from '@lurus/events/stream';
import { applyBatch } from './apply-batch.ts';
import type { Projection } from './define-projection.ts';
import { createMemoryStore, type MemoryView } from './memory-store.ts';
import { createSeededNumbers, cutAtSeed } from './seeded.ts';
import { batchOf } from './steps.ts';
import { deliveriesOf, type Told } from './told.ts';

export { told, toldPoison } from './told.ts';

/** Ways of cutting that every specification is tried with. */
const SEEDS = [1, 2, 3, 5, 8];

/** What must be true afterwards; of every state and row only the fields that are named are compared. */
export interface Expectation {
  /** States in the order in which their keys first appeared. */
  readonly states?: readonly object[];
  /** All rows of the tables that are named, in order of their primary key (of their sequence, for one row an event). */
  readonly rows?: Readonly<Record<string, readonly object[]>>;
  /** Bucket entries by key; every one must also be what the bucket declares. */
  readonly bucket?: Readonly<Record<string, object>>;
  /** Sequences that were set aside. */
  readonly parked?: readonly number[];
  /** Keys that were frozen. */
  readonly frozen?: readonly string[];
}

/** A specification that lacks what happens. */
export interface Given {
  readonly when: (events: readonly Told[]) => When;
}

/** A specification that lacks what must be true. */
export interface When {
  /** Rejects with an AssertionError where something else is true. States alone may be given as a list. */
  readonly then: (expected: Expectation | readonly object[]) => Promise<void>;
}

/** Starts a specification: what had happened before. */
export function given(projection: Projection, before: readonly Told[] = []): Given {
  return {
    when: (events) => ({
      // eslint-disable-next-line unicorn/no-thenable -- Reads as the sentence that it is; nobody awaits a specification half said.
      then: async (expected) => {
        const expectation = Array.isArray(expected) ? { states: expected as readonly object[] } : (expected as Expectation); // One or the other.
        const stream = projection.reads[0];
        if (!stream) throw new Error(`the projection ${projection.name} reads no stream`);
        const deliveries = deliveriesOf(stream, [...before, ...events]);
        const plain = await viewOf(projection, [deliveries.slice(0, before.length), deliveries.slice(before.length)]);
        compare(projection, plain, expectation);
        for (const seed of SEEDS)
          deepStrictEqual(await viewOf(projection, redelivered(deliveries, seed)), plain, `cut and redelivered by seed ${seed}`);
      },
    }),
  };
}

/** Batches cut at seeded places, each twice, sometimes with an older one again in between. */
function redelivered(deliveries: readonly Delivery[], seed: number): (readonly Delivery[])[] {
  const next = createSeededNumbers(seed);
  const batches = cutAtSeed(deliveries, seed);
  return batches.flatMap((batch, index) => [batch, batch, ...(index > 0 && next() < 0.3 ? [batches[index - 1] ?? []] : [])]);
}

async function viewOf(projection: Projection, batches: readonly (readonly Delivery[])[]): Promise<MemoryView> {
  const store = createMemoryStore(
    projection,
    Array.from({ length: PARTITIONS }, (_, partition) => partition),
  );
  for (const deliveries of batches) {
    const batch = batchOf(deliveries, store.positions());
    if (batch) await applyBatch(batch, { store, poisonPausesMs: [], onPoison: async () => undefined, onApplied: async () => undefined });
  }
  return store.view;
}

/** The bucket's entries of all states, each checked against the bucket's schema. */
function bucketOf(projection: Projection, view: MemoryView): Record<string, unknown> {
  const output = projection.kind === 'state' ? projection.output : undefined;
  if (!output) return {};
  const entries = [...view.states].flatMap(([key, state]) => output.entries(state, { isFrozen: view.frozen.has(key) }));
  return Object.fromEntries(entries.map(([key, value]) => [key, output.bucket.value.parse(value)]));
}

function compare(projection: Projection, view: MemoryView, expected: Expectation): void {
  const bucket = bucketOf(projection, view);
  if (expected.bucket) partialDeepStrictEqual(bucket, { ...expected.bucket });
  if (expected.bucket) deepStrictEqual(Object.keys(bucket).sort(), Object.keys(expected.bucket).sort(), 'keys of the bucket');
  if (expected.states) partialDeepStrictEqual([...view.states.values()], [...expected.states]);
  if (expected.states) deepStrictEqual(view.states.size, expected.states.length, 'number of states');
  for (const [table, rows] of Object.entries(expected.rows ?? {})) {
    const actual = sortedRows(view, table);
    partialDeepStrictEqual(actual, [...rows]);
    deepStrictEqual(actual.length, rows.length, `number of rows in ${table}`);
  }
  deepStrictEqual(
    view.parked.map(({ sequence }) => sequence),
    [...(expected.parked ?? [])],
    'what was set aside',
  );
  deepStrictEqual([...view.frozen], [...(expected.frozen ?? [])], 'what was frozen');
}

function sortedRows(view: MemoryView, table: string): Readonly<Record<string, unknown>>[] {
  const rows = [...(view.rows.get(table) ?? [])];
  const isNumber = rows.every(([id]) => /^\d+$/.test(id));
  return rows.sort(([a], [b]) => (isNumber ? Number(a) - Number(b) : a < b ? -1 : 1)).map(([, row]) => row);
}
