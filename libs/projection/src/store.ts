/** What a lane of the runner needs from the place that keeps a view. One implementation writes Postgres, one ClickHouse, one memory for tests. */
import type { Parked, Step } from './fold-batch.ts';

/** How far one partition is folded. */
export interface Position {
  readonly partition: number;
  readonly sequence: number;
  /** Id of the event at `sequence`; empty at the start of a stream, or where that event has none. */
  readonly lastId: string;
  /** When the stream that was folded was made; tells a re-created stream from the old one. */
  readonly streamCreatedAt: string;
}

/** Positions by partition. */
export type Positions = ReadonlyMap<number, Position>;

/** A piece of the stream, in order, with everything that lies in the lane's partitions. */
export interface Batch {
  /** Steps past the position of their partition. */
  readonly steps: readonly Step[];
  /** First sequence that was read for this piece, applied before or not. */
  readonly firstSequence: number;
  /** Every partition of the lane has been read up to here. */
  readonly lastSequence: number;
  readonly lastId: string;
}

/** What became of a batch. */
export interface Applied {
  readonly applied: number;
  /** Events that had been applied before under another sequence. */
  readonly duplicates: number;
  /** Events that the view does not care about. */
  readonly skipped: number;
  /** Events whose name the catalogue does not have. */
  readonly unknown: number;
  readonly parked: readonly Parked[];
  /** Keys that the batch froze, with the step that did it. */
  readonly frozen: ReadonlyMap<string, Step>;
  /** Latest state of every key that the batch touched. */
  readonly touched: ReadonlyMap<string, unknown>;
}

/** Keeps one view. Not for concurrent use: one call at a time. */
export interface Store {
  /** Makes what is missing and reads the positions; partitions never folded start at 0. */
  readonly open: (stream: { readonly name: string; readonly createdAt: string }) => Promise<Positions>;
  /** The positions as last read or written. */
  readonly positions: () => Positions;
  /** Reads the positions again; whatever was cached is dropped if somebody else moved them. */
  readonly refresh: () => Promise<Positions>;
  /**
   * Applies a batch and moves the positions, both or neither. Throws FenceLost when somebody else moved them first; what a fold or the
   * database throws otherwise comes through, and nothing has changed then.
   */
  readonly apply: (batch: Batch) => Promise<Applied>;
  /** Notes that every partition was read up to a later event that lies in none of them. */
  readonly advance: (to: { readonly sequence: number; readonly lastId: string }) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Another runner folds these partitions: this one must not write any more. */
export class FenceLost extends Error {
  override readonly name = 'FenceLost';
}
