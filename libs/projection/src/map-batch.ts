/** The stateless counterpart of `fold-batch.ts`: a batch of steps gives rows, and nothing else decides. Pure. */
import type { RecordedEvent } from '@lurus/events/event';
import { ignore, type MappedRow, type RowProjection } from './define-projection.ts';
import type { Parked, Step } from './fold-batch.ts';
import type { Applied } from './store.ts';

/** The rows of a batch by table, each with its place in the stream. */
export function mapBatch(
  projection: RowProjection,
  stream: string,
  steps: readonly Step[],
): { readonly rows: ReadonlyMap<string, Record<string, unknown>[]>; readonly applied: Applied } {
  const rows = new Map<string, Record<string, unknown>[]>();
  const parked: Parked[] = [];
  const counts = { applied: 0, skipped: 0, unknown: 0 };
  for (const step of steps) {
    const handler = step.event ? (projection.rows[step.event.name] ?? ignore) : ignore;
    if (step.fault) parked.push({ key: '', step });
    else if (!step.event) counts.unknown += 1;
    else if (handler === ignore) counts.skipped += 1;
    else {
      counts.applied += 1;
      addRows(rows, { stream, event: step.event, mapped: handler(step.event as never) }); // Called with the event of its own name.
    }
  }
  return { rows, applied: { ...counts, duplicates: 0, parked, frozen: new Map(), touched: new Map() } };
}

function addRows(
  rows: Map<string, Record<string, unknown>[]>,
  input: {
    readonly stream: string;
    readonly event: RecordedEvent;
    readonly mapped: readonly MappedRow[];
  },
): void {
  for (const { table, row } of input.mapped) {
    const known = rows.get(table);
    const whole = { stream: input.stream, sequence: input.event.sequence, ...row };
    if (known) known.push(whole);
    else rows.set(table, [whole]);
  }
}
