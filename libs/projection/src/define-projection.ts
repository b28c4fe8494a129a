/**
 * Projections: views as folds of streams. A projection is one folder: a pure fold, its SQL, its test. It names every event of its streams or
 * `ignore`s it, so that a new event makes every projection answer at compile time. The runner owns order, batches, fences and redelivery.
 */
import type { Instant } from '@lurus/base/clock';
import type { BucketDefinition } from '@lurus/events/bucket';
import type { DomainEvent, EventDefinition, RecordedEvent } from '@lurus/events/event';
import type { EventsOf, StreamDefinition } from '@lurus/events/stream';
import type { RowChange, Table } from './table.ts';

/** Stands in a fold for an event that the projection does not care about. */
export const ignore = 'ignore';
export type Ignore = typeof ignore;

/** The events of several streams, as they stand in them. */
export type ReadEvents<Streams extends readonly StreamDefinition[]> = RecordedEvent<EventsOf<Streams[number]>>;

type Handlers<Event extends DomainEvent, Handler extends { [Name in Event['name']]: unknown }> = {
  readonly [Name in Event['name']]: Handler[Name] | Ignore;
};

/** One pure function per event name: the state before and the event give the state after. It may throw: then the event is poison. */
export type Fold<Event extends DomainEvent, State> = Handlers<
  Event,
  { [Name in Event['name']]: (state: State, event: Extract<Event, { readonly name: Name }>) => State }
>;

/** One pure function per event name: the event alone gives rows by table. */
export type RowMappers<Event extends DomainEvent> = Handlers<
  Event,
  { [Name in Event['name']]: (event: Extract<Event, { readonly name: Name }>) => readonly MappedRow[] }
>;

/** One row for one ClickHouse table; the runner adds `stream` and `sequence`. */
export interface MappedRow {
  readonly table: string;
  readonly row: Readonly<Record<string, unknown>>;
}

/**
 * A smaller entity inside a state, such as the one request that an event of a wallet is about. It is loaded and cached by a key of its own, so
 * that a state need not carry thousands of them. Before an event is folded its part is placed in the state, afterwards taken out again.
 */
export interface PartDeclaration<State, Part, Event extends DomainEvent> {
  /** Undefined where the event has no part. Unique in the whole projection. */
  keyOf(event: Event): string | undefined;
  of(state: State): Part;
  with(state: State, part: Part): State;
  /** The part before its first event. */
  start(): Part;
  /** Reads parts by key: `$1` is a text[] of keys. */
  readonly load: URL;
  fromRow(row: never): readonly [key: string, part: Part];
}

/** What an event did to a state. */
export interface Change<State, Event> {
  readonly event: Event;
  readonly before: State;
  readonly after: State;
}

/** The Postgres side of a view. Files are read when a runner starts; every statement runs inside the projection version's own schema. */
export interface PostgresSink<State, Event extends DomainEvent> {
  readonly kind: 'postgres';
  /** Tables and indexes, made only where they are missing, each with a comment. */
  readonly schema: URL;
  /** Views in schema `public`, which point here once this version is the active one. */
  readonly views: URL;
  readonly tables: readonly Table[];
  /** Reads states by key: `$1` is a text[] of keys. */
  readonly load: URL;
  fromRow(row: never): readonly [key: string, state: State]; // `never`: each projection states the row that its own SQL returns.
  rows(change: Change<State, Event>): readonly RowChange[];
}

/** The bucket side of a view: a pure function of the state, put after the rows are committed. */
export interface BucketOutput<State, Value = unknown> {
  readonly bucket: BucketDefinition<Value>;
  /** The bucket entries of a state. `isFrozen`: a poison event stopped this key, what is known may be wrong. */
  entries(state: State, context: { readonly isFrozen: boolean }): readonly (readonly [key: string, value: Value])[];
  /** Keys whose state changed after sequence `$1`, in order, after key `$2`, at most `$3`, as column `key`. */
  readonly changedSince: URL;
  /** The sign of life of one partition, put every 250 ms while everything up to `sequence` is in the bucket. */
  heartbeat?(beat: { readonly partition: number; readonly at: Instant; readonly sequence: number }): readonly [key: string, value: Value];
}

/** An event that a projection itself causes, ready to append. */
export interface CausedEvent<Name extends string = string, Data = unknown> {
  readonly definition: EventDefinition<Name, Data>;
  readonly event: DomainEvent<Name, Data>;
}

/** Facts that come true by the passing of time. Their events have ids derived from their cause, so that two runners cannot cause them twice. */
export interface OverdueDeclaration {
  /** Finds what is overdue at `$1` (timestamptz), at most `$2` rows. */
  readonly find: URL;
  event(row: never, context: { readonly at: Instant; readonly source: string }): CausedEvent;
}

/**
 * What happens to an event that cannot be applied. `park`: it is set aside and the rest goes on. `freeze`: money is at stake, so its key is
 * frozen and every later event of that key waits behind it; an event of an unknown version stops the whole projection.
 */
export type PoisonPolicy = { readonly kind: 'park' } | { readonly kind: 'freeze'; keyOfSubject(subject: string): string };

/** One handler of a fold whatever its state and event: read as a method, so that folds of different states share one list type. */
type AnyHandler<State> = { handle(state: State, event: never): State }['handle'];

/** A view that is a state per key, kept in Postgres and perhaps in a bucket. */
export interface StateProjection<State = unknown, Part = unknown, Event extends DomainEvent = RecordedEvent> {
  readonly kind: 'state';
  readonly name: string;
  readonly version: number;
  readonly says: string;
  /** Each stream is folded in its own order; no order exists between streams, so that a key must get its events from one of them. */
  readonly reads: readonly StreamDefinition[];
  key(event: Event): string;
  start(key: string): State;
  readonly fold: Readonly<Record<string, AnyHandler<State> | Ignore>>;
  readonly parts?: PartDeclaration<State, Part, Event>;
  readonly sink: PostgresSink<State, Event>;
  readonly output?: BucketOutput<State>;
  readonly overdue?: OverdueDeclaration;
  readonly onPoison: PoisonPolicy;
}

/** A view that is a list of rows, each made of one event alone, kept in ClickHouse. */
export interface RowProjection {
  readonly kind: 'rows';
  readonly name: string;
  readonly version: number;
  readonly says: string;
  readonly reads: readonly StreamDefinition[];
  readonly rows: Readonly<Record<string, ((event: never) => readonly MappedRow[]) | Ignore>>;
  /** Tables (ReplacingMergeTree by stream and sequence) and views; statements divided by a line that holds only `;`. */
  readonly schema: URL;
  readonly onPoison: { readonly kind: 'park' };
}

/** Either kind of view. */
export type Projection = StateProjection | RowProjection;

/** As declared: everything of `StateProjection`, with the fold checked against the events of the streams. */
export interface StateProjectionDeclaration<Streams extends readonly StreamDefinition[], State, Part> extends Omit<
  StateProjection<State, Part, ReadEvents<Streams>>,
  'kind' | 'fold' | 'reads'
> {
  readonly reads: Streams;
  readonly fold: Fold<ReadEvents<Streams>, State>;
}

/** Declares a view kept as a state per key. Compiles only if every event of its streams is handled or ignored. */
export function defineProjection<const Streams extends readonly StreamDefinition[], State, Part = undefined>(
  declaration: StateProjectionDeclaration<Streams, State, Part>,
): StateProjection<State, Part, ReadEvents<Streams>> {
  // The handlers were checked one by one above; from here on each is called with the event of its own name.
  const fold = declaration.fold as StateProjection<State, Part, ReadEvents<Streams>>['fold'];
  return { ...declaration, kind: 'state', fold };
}

/** As declared: everything of `RowProjection`, with the mappers checked against the events of the streams. */
export interface RowProjectionDeclaration<Streams extends readonly StreamDefinition[]> extends Omit<
  RowProjection,
  'kind' | 'rows' | 'reads' | 'onPoison'
> {
  readonly reads: Streams;
  readonly rows: RowMappers<ReadEvents<Streams>>;
}

/** Declares a view kept as rows in ClickHouse. Compiles only if every event of its streams is mapped or ignored. */
export function defineRowProjection<const Streams extends readonly StreamDefinition[]>(
  declaration: RowProjectionDeclaration<Streams>,
): RowProjection {
  const rows = declaration.rows as RowProjection['rows']; // As for folds.
  return { ...declaration, kind: 'rows', rows, onPoison: { kind: 'park' } };
}

/** The Postgres schema of one version of a projection: `wallets_v1`. */
export const schemaOf = (projection: { readonly name: string; readonly version: number }): string =>
  `${projection.name}_v${projection.version}`;
