/** A view in memory, for specifications: the same folding, positions and event log as in Postgres, without Postgres. */
import type { Projection, StateProjection } from './define-projection.ts';
import { foldBatch } from './fold-batch.ts';
import { mapBatch } from './map-batch.ts';
import { advanced } from './postgres/positions.ts';
import type { Applied, Batch, Position, Positions, Store } from './store.ts';

/** What a view holds: states by key, rows by table and primary key, what was set aside. */
export interface MemoryView {
  readonly states: Map<string, unknown>;
  readonly rows: Map<string, Map<string, Readonly<Record<string, unknown>>>>;
  readonly parked: { readonly sequence: number; readonly key: string; readonly error: string }[];
  readonly frozen: Set<string>;
}

/** A store with its contents open to look at. */
export interface MemoryStore extends Pick<Store, 'apply' | 'positions'> {
  readonly view: MemoryView;
}

const rowsOf = (view: MemoryView, table: string) => {
  const known = view.rows.get(table) ?? new Map<string, Readonly<Record<string, unknown>>>();
  view.rows.set(table, known);
  return known;
};

/** An empty view whose partitions stand at 0. */
export function createMemoryStore(projection: Projection, partitions: readonly number[]): MemoryStore {
  const view: MemoryView = { states: new Map(), rows: new Map(), parked: [], frozen: new Set() };
  let positions: Positions = new Map(
    partitions.map((partition): [number, Position] => [partition, { partition, sequence: 0, lastId: '', streamCreatedAt: '' }]),
  );
  const applyTo = projection.kind === 'state' ? stateApplier(projection, view) : rowApplier(projection, view);
  return {
    view,
    positions: () => positions,
    apply: async (batch) => {
      const applied = applyTo(batch);
      for (const { key, step } of applied.parked) view.parked.push({ sequence: step.sequence, key, error: step.fault?.error ?? '' });
      for (const key of applied.frozen.keys()) view.frozen.add(key);
      positions = advanced(positions, { sequence: batch.lastSequence, lastId: batch.lastId });
      return applied;
    },
  };
}

function stateApplier(projection: StateProjection, view: MemoryView): (batch: Batch) => Applied {
  const parts = new Map<string, unknown>();
  const known = new Set<string>();
  return (batch) => {
    const duplicates = new Set(batch.steps.filter(({ event }) => event && known.has(event.id)).map(({ sequence }) => sequence));
    const folded = foldBatch({ projection, steps: batch.steps, states: view.states, parts, frozen: view.frozen, duplicates });
    for (const [key, state] of folded.states) view.states.set(key, state);
    for (const [key, part] of folded.parts) parts.set(key, part);
    for (const { id } of folded.applied) known.add(id);
    for (const [table, changes] of folded.changes) {
      const rows = rowsOf(view, table.name);
      for (const [id, { row }] of changes)
        if (row) rows.set(id, row);
        else rows.delete(id);
    }
    if (folded.logTable) for (const row of folded.logRows) rowsOf(view, folded.logTable.name).set(String(row['sequence']), row);
    return { ...folded, applied: folded.applied.length, touched: folded.states };
  };
}

const rowApplier =
  (projection: Extract<Projection, { kind: 'rows' }>, view: MemoryView) =>
  (batch: Batch): Applied => {
    const { rows, applied } = mapBatch(projection, projection.reads[0]?.name ?? '', batch.steps);
    for (const [table, made] of rows) for (const row of made) rowsOf(view, table).set(String(row['sequence']), row);
    return applied;
  };
