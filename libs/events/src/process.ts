/** What one kind of process may do with the truth. `libs/journal` turns it into the permissions of its NATS user. */
import type { BucketDefinition } from './bucket.ts';
import type { EventDefinition } from './event.ts';
import type { StreamDefinition } from './stream.ts';

export interface ProcessDefinition {
  /** The name of its NATS user; one a kind of process. */
  readonly name: string;
  readonly says: string;
  readonly appends: readonly EventDefinition[];
  /** Buckets that it keeps a copy of in memory. */
  readonly mirrors: readonly BucketDefinition[];
  /** Buckets that it writes. Only projectors do. */
  readonly writes: readonly BucketDefinition[];
  /** Streams that it folds, through consumers of its own. */
  readonly consumes: readonly StreamDefinition[];
  /** Streams whose state and single messages it may look at. */
  readonly reads: readonly StreamDefinition[];
  /**
   * `process`: nothing but what is listed. `operator`: reads everything and manages consumers. `deployer`: creates, changes and deletes
   * streams and buckets.
   */
  readonly role: 'process' | 'operator' | 'deployer';
}

/** Declares one process. */
export const defineProcess = (declaration: ProcessDefinition): ProcessDefinition => declaration;
