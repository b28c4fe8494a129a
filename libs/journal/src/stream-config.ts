/** The server's configuration of each declared stream and bucket, every option spelled out. Pure. */
import type { BucketDefinition } from '@lurus/events/bucket';
import { partitionTransform, publishedSubjects, type StreamDefinition } from '@lurus/events/stream';
import { DiscardPolicy, PersistMode, RetentionPolicy, StorageType, StoreCompression, type StreamConfig } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { bucketStream } from './permissions.ts';
import { CONSUMERS_PER_STREAM_MAX } from './server-config.ts';

/** What a declaration decides; the rest is the server's default. */
export type WantedConfig = Partial<StreamConfig> & { readonly name: string; readonly subjects: string[] };

/** How the server keeps what is declared. */
export interface Placement {
  /** Copies of everything: 1 on a single node, 3 in a cluster. */
  readonly replicas: number;
}

const DAY_MS = 86_400_000;
const UNLIMITED = -1;

/** Largest value in a bucket. A route with 200 models under 200 mapped names is the largest. */
const VALUE_BYTES_MAX = 131_072;

/**
 * `async` acknowledges before the message is on disk, whatever the server's `sync_interval` says: 14 times as fast, and right for what a
 * projector can write again. The server knows it on a single node only.
 */
const persistMode = (durability: 'truth' | 'derived', { replicas }: Placement): PersistMode =>
  durability === 'derived' && replicas === 1 ? PersistMode.Async : PersistMode.Default;

const always = (placement: Placement) => ({
  retention: RetentionPolicy.Limits,
  storage: StorageType.File,
  num_replicas: placement.replicas,
  max_consumers: CONSUMERS_PER_STREAM_MAX,
  max_msgs: UNLIMITED,
  allow_direct: true, // The nats CLI reads single messages and ranges through it.
});

/** A declared stream as the server knows it. */
export function streamConfig(stream: StreamDefinition, placement: Placement): WantedConfig {
  const transform = partitionTransform(stream);
  const isTruth = stream.durability === 'truth';
  return {
    ...always(placement),
    name: stream.name,
    description: stream.says,
    subjects: [publishedSubjects(stream)],
    ...(transform ? { subject_transform: { ...transform } } : {}),
    compression: StoreCompression.S2, // A third of the bytes.
    max_age: stream.keepDays === 'for ever' ? 0 : nanos(stream.keepDays * DAY_MS),
    max_bytes: stream.sizeBytesMax ?? UNLIMITED,
    max_msg_size: stream.eventBytesMax,
    max_msgs_per_subject: UNLIMITED,
    discard: stream.whenFull === 'refuse' ? DiscardPolicy.New : DiscardPolicy.Old,
    duplicate_window: nanos(stream.dedupeForMs),
    deny_delete: isTruth,
    deny_purge: isTruth,
    allow_rollup_hdrs: false,
    persist_mode: persistMode(stream.durability, placement),
    metadata: { lurus_durability: stream.durability, lurus_events: stream.carries.map(({ name }) => name).join(' ') },
  };
}

/** A declared bucket as the server knows it: a stream that keeps the last value of each subject, of the form that every KV client expects. */
export function bucketConfig(bucket: BucketDefinition, placement: Placement): WantedConfig {
  return {
    ...always(placement),
    name: bucketStream(bucket),
    description: bucket.says,
    subjects: [`$KV.${bucket.name}.>`],
    compression: StoreCompression.None, // Values are short-lived; compressing each would only cost time.
    max_age: 0,
    max_bytes: UNLIMITED,
    max_msg_size: VALUE_BYTES_MAX,
    max_msgs_per_subject: 1,
    discard: DiscardPolicy.New,
    deny_delete: true,
    deny_purge: false,
    allow_rollup_hdrs: true,
    persist_mode: persistMode('derived', placement),
    metadata: { lurus_durability: 'derived', lurus_written_by: bucket.writtenBy },
  };
}
