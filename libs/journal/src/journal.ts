/** The journal's interface: what every process may do with the truth. `connect.ts` implements it on NATS JetStream. */
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

export interface Journal {
  /**
   * Appends one event and resolves when it is durable. Retries under the same event id until acknowledged or `timeoutMs` has passed.
   * Throws JournalAway when the broker did not acknowledge in time (the event may or may not be stored; repeating it is safe),
   * JournalFull when too many appends are in flight, JournalRefused when the server will never take it (permissions, shape).
   */
  readonly append: <Name extends string, Data>(
    definition: EventDefinition<Name, Data>,
    event: DomainEvent<Name, Data>,
  ) => Promise<Appended>;
  readonly inFlight: () => number;
}

/** A bucket in memory, kept current by a watch. Reads are map look-ups. */
export interface Mirror<Value> {
  readonly get: (key: string) => Value | undefined;
  readonly entries: () => IterableIterator<[string, Value]>;
  readonly size: () => number;
  /** Calls back after each change has been applied; returns the function that stops it. */
  readonly onChange: (listener: (key: string, value: Value | undefined) => void) => () => void;
  readonly close: () => Promise<void>;
}

/** A bucket as its projector writes it. Values carry `sequence`; a put never replaces a value of a higher one. */
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

/** One message of a stream, decoded as far as the catalogue can. `ackUpTo` acknowledges it and all before it. */
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

export interface Consumption {
  /** Waits until at least one message is there, then takes what is there, at most `max`, in stream order. Empty after `waitMs` of silence. */
  readonly next: (input: { readonly max: number; readonly waitMs: number }) => Promise<readonly Delivery[]>;
  /** Acknowledges this sequence and all before it, and waits for the server to confirm. */
  readonly ackUpTo: (sequence: number) => Promise<void>;
  /** Events that the consumer has not acknowledged yet, delivered or not: 0 means that whoever owns it has finished everything. */
  readonly unacknowledged: () => Promise<number>;
  readonly close: () => Promise<void>;
}

export interface ConsumerOptions {
  readonly stream: StreamDefinition;
  /** `<projection>-v<version>-p<first>-<last>` */
  readonly name: string;
  readonly partitions: readonly number[];
  /** First sequence wanted; a consumer that stands elsewhere is reset to it. */
  readonly startSequence: number;
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

/** One process's connection. */
export interface JournalConnection {
  readonly journal: Journal;
  readonly isConnected: () => boolean;
  readonly mirror: <Value>(bucket: BucketDefinition<Value>) => Promise<Mirror<Value>>;
  readonly writer: <Value>(bucket: BucketDefinition<Value>) => Promise<BucketWriter<Value>>;
  readonly consume: (options: ConsumerOptions) => Promise<Consumption>;
  readonly streamState: (stream: StreamDefinition) => Promise<StreamState>;
  /** The message at a sequence, or undefined where there is none (any more). */
  readonly eventAt: (stream: StreamDefinition, sequence: number) => Promise<Delivery | undefined>;
  readonly close: () => Promise<void>;
}
