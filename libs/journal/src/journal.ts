/**
 * The journal's interface: what every process may do with the truth. `openJournal` of `connect.ts` implements it on NATS JetStream; what it
 * throws is declared in `problems.ts`.
 */
import type { Clock } from '@lurus/base/clock';
import type { BucketDefinition } from '@lurus/events/bucket';
import type { DomainEvent, EventDefinition, RecordedEvent } from '@lurus/events/event';
import type { StreamDefinition } from '@lurus/events/stream';

/** What the server acknowledged. */
export interface Appended {
  readonly stream: string;
  readonly sequence: number;
  /** The server had this event id already (a retry after a lost acknowledgement); `sequence` is the first one's. */
  readonly isDuplicate: boolean;
}

/** What may differ from one append to the next. */
export interface AppendOptions {
  /** How long to retry before JournalAway; `JournalLimits.appendTimeoutMs` where absent. */
  readonly timeoutMs?: number;
  /** W3C trace context, carried as a header. */
  readonly traceparent?: string;
}

/** Where events are appended. */
export interface Journal {
  /**
   * Appends one event and resolves when it is durable. Retries under the same event id until acknowledged or the timeout has passed.
   * Rejects with journalAway when the broker did not acknowledge in time (the event may or may not be stored; repeating it is safe),
   * journalFull when too many appends are in flight or the stream is at its size limit, journalRefused when the server will never take it
   * (permissions, shape, size).
   */
  readonly append: <Name extends string, Data>(
    definition: EventDefinition<Name, Data>,
    event: DomainEvent<Name, Data>,
    options?: AppendOptions,
  ) => Promise<Appended>;
  /** Appends that wait for their acknowledgement. */
  readonly inFlight: () => number;
}

/**
 * A bucket in memory, kept current by a watch that survives restarts of the server and re-creation of the bucket. Reads are map look-ups.
 * A key leaves only by a deletion marker: a deleted bucket leaves the last values standing until its projector has filled it again.
 */
export interface Mirror<Value> {
  readonly get: (key: string) => Value | undefined;
  readonly entries: () => IterableIterator<[string, Value]>;
  readonly size: () => number;
  /** Whether the watch runs now; while it does not, values may be old. */
  readonly isLive: () => boolean;
  /** Values that could not be read and were left out, since the mirror was opened. */
  readonly malformed: () => number;
  /** Calls back after each change has been applied; returns the function that stops it. */
  readonly onChange: (listener: (key: string, value: Value | undefined) => void) => () => void;
  readonly close: () => Promise<void>;
}

/** A bucket's values carry the stream sequence that they are true at. */
export interface Sequenced {
  readonly sequence: number;
}

/**
 * A bucket as its projector writes it; a put never replaces a value of a higher sequence. Puts of one key happen in the order of the calls,
 * those of different keys may be in flight together. Everything rejects with journalAway or journalRefused.
 */
export interface BucketWriter<Value> {
  /**
   * Resolves with the bucket's revision (the sequence in its stream) that this put made, or undefined where a value of a higher sequence was
   * left in place. Revisions only grow; one that falls back shows that the bucket was made anew or lost its tail in a power cut.
   */
  readonly put: (key: string, value: Value) => Promise<number | undefined>;
  /** Undefined where the key is absent. Reads the leader. */
  readonly get: (key: string) => Promise<Value | undefined>;
  readonly keys: () => Promise<string[]>;
  /** When the bucket was made, and its latest revision: by these a projector knows whether it is still the bucket that it filled. */
  readonly state: () => Promise<{ readonly createdAt: string; readonly lastRevision: number }>;
}

/** One message of a stream, decoded as far as the catalogue can. A message whose subject is not its content's is poison. */
export type Delivery =
  | { readonly outcome: 'event'; readonly event: RecordedEvent; readonly isRedelivery: boolean }
  | {
      readonly outcome: 'poison';
      readonly sequence: number;
      readonly partition: number;
      readonly subject: string;
      readonly eventId: string | undefined;
      readonly error: string;
    }
  | {
      readonly outcome: 'unknown name';
      readonly sequence: number;
      readonly partition: number;
      readonly eventId: string | undefined;
      readonly name: string;
    }
  | {
      readonly outcome: 'unknown version';
      readonly sequence: number;
      readonly partition: number;
      readonly eventId: string | undefined;
      readonly name: string;
      readonly version: number;
    };

/**
 * The messages of some partitions from `startSequence` on: in stream order, without holes, each once. Where the server would break that
 * (a lost delivery, an operator who moved the consumer, another process that held it before), the consumer is put back to the right place.
 * One process at a time gets messages (the pinned client); another that consumes under the same name waits, and takes over within
 * `CONSUMER_TAKEOVER_MS` when the first is gone. It then starts at its own `startSequence`, so its position must be read again.
 */
export interface Consumption {
  /**
   * Waits until at least one message is there, then takes what is there, at most `max`. Empty after `waitMs` of silence. Not to be called
   * again before it resolved. Rejects with journalRefused, or when the consumption was closed.
   */
  readonly next: (input: { readonly max: number; readonly waitMs: number }) => Promise<readonly Delivery[]>;
  /**
   * Acknowledges this sequence, which `next` handed out, and all before it, and waits for the server to confirm. Rejects with journalAway;
   * nothing is lost then, positions in the sink decide.
   */
  readonly ackUpTo: (sequence: number) => Promise<void>;
  /** Events that the consumer has not acknowledged yet, delivered or not: 0 means that whoever owns it has finished everything. */
  readonly unacknowledged: () => Promise<number>;
  readonly close: () => Promise<void>;
}

/** Which messages a consumption is for. */
export interface ConsumerOptions {
  readonly stream: StreamDefinition;
  /** `<projection>-v<version>-p<first>-<last>` */
  readonly name: string;
  readonly partitions: readonly number[];
  /** First sequence wanted (position + 1); a consumer that stands elsewhere is reset to it. */
  readonly startSequence: number;
}

/** From one sequence to another, both included. */
export interface SequenceRange {
  readonly fromSequence: number;
  readonly toSequence: number;
}

/** What a stream says about itself, for identity checks. */
export interface StreamState {
  readonly name: string;
  readonly createdAt: string;
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly messages: number;
  readonly bytes: number;
}

/** One process's connection. It reconnects by itself for as long as it is open. */
export interface JournalConnection {
  readonly journal: Journal;
  readonly isConnected: () => boolean;
  /** Calls back after each loss and return of the connection; returns the function that stops it. */
  readonly onConnection: (listener: (isConnected: boolean) => void) => () => void;
  /** Resolves when the initial values are there. */
  readonly mirror: <Value extends Sequenced>(bucket: BucketDefinition<Value>) => Promise<Mirror<Value>>;
  readonly writer: <Value extends Sequenced>(bucket: BucketDefinition<Value>) => Promise<BucketWriter<Value>>;
  readonly consume: (options: ConsumerOptions) => Promise<Consumption>;
  readonly streamState: (stream: StreamDefinition) => Promise<StreamState>;
  /** The message at a sequence, or undefined where there is none (any more). */
  readonly eventAt: (stream: StreamDefinition, sequence: number) => Promise<Delivery | undefined>;
  /**
   * The messages of all partitions from one sequence to another, both included, in order and in chunks; deleted ones are left out. For looking
   * at what is there: it makes no consumer and moves none. Rejects with journalAway or journalRefused.
   */
  readonly read: (stream: StreamDefinition, range: SequenceRange) => AsyncIterable<readonly Delivery[]>;
  /** Lets appends in flight finish (at most `JournalLimits.closeTimeoutMs`), stops mirrors and consumptions, and disconnects. */
  readonly close: () => Promise<void>;
}

/** Where a process's lines about the journal go; pino's loggers fit. */
export interface JournalLog {
  readonly info: (fields: object, message: string) => void;
  readonly warn: (fields: object, message: string) => void;
  readonly error: (fields: object, message: string) => void;
}

/** Bounds of one connection; `JOURNAL_LIMITS` of `limits.ts` says why each is what it is. */
export interface JournalLimits {
  readonly appendTimeoutMs: number;
  readonly appendsInFlightMax: number;
  readonly connectTimeoutMs: number;
  readonly closeTimeoutMs: number;
}

/** Who connects to which server. */
export interface NatsIdentity {
  readonly url: string;
  /** Seed of the process's nkey; absent only where a test's server has no users. */
  readonly seed?: string;
  /** The NATS user: a name of `streams/processes.ts`. */
  readonly processName: string;
  /** Which of its equals this one is, for the connection's name. */
  readonly instance: string;
}

/** How a process connects. */
export interface JournalOptions extends NatsIdentity {
  readonly clock: Clock;
  readonly log: JournalLog;
  /** Whether to refuse a server that acknowledges before it has written to disk. True for everything that appends truth. */
  readonly needsDurableServer: boolean;
  readonly limits?: Partial<JournalLimits>;
}
