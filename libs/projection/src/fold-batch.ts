/** The pure heart of the runner: a batch of steps and the states before it give the states after it and the rows to write. */
import type { RecordedEvent } from '@lurus/events/event';
import { ignore, type StateProjection } from './define-projection.ts';
import type { AnyRow, RowChange, Table } from './table.ts';

/** One message of the stream on its way into a view. */
export interface Step {
  readonly sequence: number;
  readonly partition: number;
  /** Absent where the message has none. */
  readonly eventId: string | undefined;
  /** Absent where the catalogue does not know its name, or its bytes could not be read. */
  readonly event?: RecordedEvent;
  /** Why it cannot be applied, once that is known. */
  readonly fault?: Fault;
}

/** Why a step cannot be applied. */
export interface Fault {
  readonly error: string;
  /** The stored subject, where the event itself could not be read. */
  readonly subject?: string;
}

/** A step that is set aside: poison, or behind poison. */
export interface Parked {
  readonly key: string;
  readonly step: Step;
}

/** All that a batch depends on. */
export interface FoldInput {
  readonly projection: StateProjection;
  readonly steps: readonly Step[];
  /** States and parts before the batch: everything that the steps touch must be here, or have no rows at all. */
  readonly states: ReadonlyMap<string, unknown>;
  readonly parts: ReadonlyMap<string, unknown>;
  readonly frozen: ReadonlySet<string>;
  /** Sequences whose event had been applied before, under an earlier sequence. */
  readonly duplicates: ReadonlySet<number>;
}

/** All that a batch comes to. */
export interface Folded {
  /** Only what the batch touched. */
  readonly states: Map<string, unknown>;
  readonly parts: Map<string, unknown>;
  /** Last change of each row. */
  readonly changes: Map<Table, Map<string, RowChange>>;
  /** Rows of the table that keeps one row for each event. */
  readonly logRows: AnyRow[];
  readonly logTable: Table | undefined;
  /** Events that count as applied, in order; the event log must take exactly these. */
  readonly applied: RecordedEvent[];
  readonly parked: Parked[];
  readonly frozen: Map<string, Step>;
  readonly duplicates: number;
  readonly skipped: number;
  readonly unknown: number;
}

/** The key that a faulty step belongs to; for a view that only parks, it does not matter. */
export function keyOfFault(projection: StateProjection, step: Step): string {
  if (step.event) return projection.key(step.event);
  if (projection.onPoison.kind === 'freeze') return projection.onPoison.keyOfSubject(step.fault?.subject ?? '');
  return '';
}

/** Folds one event. The handler was checked against its event when the projection was declared. */
function foldEvent(input: FoldInput, folded: Folded, event: RecordedEvent): void {
  const { projection } = input;
  const handler = projection.fold[event.name];
  if (handler === undefined || handler === ignore) return;
  const key = projection.key(event);
  const partKey = projection.parts?.keyOf(event);
  let before = folded.states.get(key) ?? input.states.get(key) ?? projection.start(key);
  if (projection.parts) {
    const known = partKey === undefined ? undefined : (folded.parts.get(partKey) ?? input.parts.get(partKey));
    before = projection.parts.with(before, known ?? projection.parts.start());
  }
  const after = handler(before, event as never); // Called with the event of its own name.
  folded.states.set(key, after);
  if (projection.parts && partKey !== undefined) folded.parts.set(partKey, projection.parts.of(after));
  for (const change of projection.sink.rows({ event, before, after })) addChange(folded, change);
}

function addChange(folded: Folded, change: RowChange): void {
  if (change.table.isEventLog) {
    if (change.row) folded.logRows.push(change.row);
    return;
  }
  let changes = folded.changes.get(change.table);
  if (!changes) {
    changes = new Map();
    folded.changes.set(change.table, changes);
  }
  changes.set(change.id, change);
}

/** Folds a batch. Throws what a handler throws; nothing outside has changed then. */
export function foldBatch(input: FoldInput): Folded {
  const applied: RecordedEvent[] = [];
  const parked: Parked[] = [];
  const frozen = new Map<string, Step>();
  const counts = { duplicates: 0, skipped: 0, unknown: 0 };
  const folded: Folded = {
    states: new Map(),
    parts: new Map(),
    changes: new Map(),
    logRows: [],
    logTable: input.projection.sink.tables.find((table) => table.isEventLog),
    applied,
    parked,
    frozen,
    ...counts,
  };
  const seen = new Set<string>();
  for (const step of input.steps) {
    const { event } = step;
    if (step.fault) {
      const key = keyOfFault(input.projection, step);
      parked.push({ key, step });
      if (input.projection.onPoison.kind === 'freeze' && !input.frozen.has(key) && !frozen.has(key)) frozen.set(key, step);
    } else if (!event) counts.unknown += 1;
    else if (input.projection.fold[event.name] === ignore) counts.skipped += 1;
    else if (input.duplicates.has(step.sequence) || seen.has(event.id)) counts.duplicates += 1;
    else {
      seen.add(event.id);
      const key = input.projection.onPoison.kind === 'freeze' ? input.projection.key(event) : '';
      if (input.frozen.has(key) || frozen.has(key)) parked.push({ key, step });
      else {
        foldEvent(input, folded, event);
        applied.push(event);
      }
    }
  }
  return { ...folded, ...counts };
}
