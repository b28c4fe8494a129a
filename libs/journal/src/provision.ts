/** Streams and buckets on a server, compared with their declarations and made to match. Only the deployer may. */
import type { BucketDefinition } from '@lurus/events/bucket';
import type { StreamDefinition } from '@lurus/events/stream';
import { jetstreamManager, type JetStreamManager, type StreamConfig } from '@nats-io/jetstream';
import { isDeepStrictEqual } from 'node:util';
import { defineProblem } from '@lurus/base/problem';
import type { NatsIdentity } from './journal.ts';
import { JOURNAL_LIMITS, QUESTION_TIMEOUT_MS } from './limits.ts';
import { connectToNats } from './nats-connection.ts';
import { isAbsent, serverFault } from './server-fault.ts';
import { bucketConfig, type Placement, streamConfig, type WantedConfig } from './stream-config.ts';

/** A deployer's connection. */
export interface Provisioner {
  /** What `apply` would do, one step a declaration, in their order. Rejects with journalAway or journalRefused. */
  readonly plan: (declarations: Declarations) => Promise<PlannedStep[]>;
  /**
   * Makes the server match and returns what was done. Streams that are not declared are left alone. Rejects with streamsCannotChange, before
   * anything was changed, where a difference has an obstacle; with journalAway or journalRefused.
   */
  readonly apply: (declarations: Declarations) => Promise<PlannedStep[]>;
  readonly close: () => Promise<void>;
}

/** Everything that should be on the server. */
export interface Declarations extends Placement {
  readonly streams: readonly StreamDefinition[];
  readonly buckets: readonly BucketDefinition[];
}

/** One option that differs. Times are nanoseconds, as the server writes them. */
export interface Difference {
  readonly field: string;
  readonly from: unknown;
  readonly to: unknown;
  /** Why the server cannot change it on a stream that exists; absent where it can. */
  readonly obstacle?: string;
}

/** What has to happen to one stream (a bucket is the stream `KV_<name>`). */
export interface PlannedStep {
  readonly stream: string;
  /** `impossible`: at least one difference has an obstacle; nothing about the stream is changed then. */
  readonly action: 'create' | 'change' | 'nothing' | 'impossible';
  readonly differences: readonly Difference[];
}

export const streamsCannotChange = defineProblem<{ readonly obstacles: readonly string[] }>({
  code: 'streams_cannot_change',
  kind: 'conflict',
  status: 409,
  isRetryable: false,
  says: ({ obstacles }) => `the server cannot give existing streams what their declarations want: ${obstacles.join('; ')}.`,
  fix: () => 'Put the declaration back, or make a stream of a new name and move its consumers.',
});

/** Connects as the deployer. Throws journalAway or journalRefused. */
export async function openProvisioner(identity: NatsIdentity): Promise<Provisioner> {
  const nc = await connectToNats(identity, JOURNAL_LIMITS);
  const manager = await jetstreamManager(nc, { checkAPI: false, timeout: QUESTION_TIMEOUT_MS });
  return {
    plan: (declarations) => planStreams(manager, declarations),
    apply: (declarations) => applyStreams(manager, declarations),
    close: () => nc.close(),
  };
}

/** Options that the server never changes on a stream that exists. */
const FIXED: Readonly<Record<string, string>> = {
  subject_transform: 'events keep their partition for ever; another transform would split a wallet between two writers',
  storage: 'the storage of a stream is chosen when it is made',
  retention: 'the retention policy of a stream is chosen when it is made',
  max_consumers: 'the server takes it only when a stream is made',
  persist_mode: 'the server takes it only when a stream is made',
};

/** Protections that can be given, never taken away. */
const ONE_WAY = new Set(['deny_delete', 'deny_purge']);

function obstacleTo(difference: Difference): string | undefined {
  if (ONE_WAY.has(difference.field) && difference.from === true) return 'this protection cannot be taken away';
  return FIXED[difference.field];
}

/** The server adds entries of its own, `_nats.…`. */
const ownMetadata = (metadata: Record<string, string> | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(metadata ?? {}).filter(([name]) => !name.startsWith('_nats.')));

/** What an option is where the server leaves it out of its answer. */
const ABSENT: Readonly<Record<string, unknown>> = { persist_mode: 'default', compression: 'none' };

const plain = (field: string, value: unknown): unknown => value ?? ABSENT[field] ?? false;

/** Differences in what the declaration decides; other options of the server's are left alone. Pure. */
export function differencesOf(wanted: WantedConfig, actual: Partial<StreamConfig>): Difference[] {
  const found = new Map<string, unknown>(Object.entries(actual)).set('metadata', ownMetadata(actual.metadata));
  // A transform that the declaration dropped has to be seen as well.
  const asked = new Map<string, unknown>([['subject_transform', undefined], ...Object.entries(wanted)]);
  return [...asked].flatMap(([field, value]) => {
    const [from, to] = [plain(field, found.get(field)), plain(field, value)];
    if (isDeepStrictEqual(from, to)) return [];
    const obstacle = obstacleTo({ field, from, to });
    return [{ field, from, to, ...(obstacle === undefined ? {} : { obstacle }) }];
  });
}

async function actualConfig(manager: JetStreamManager, name: string): Promise<StreamConfig | undefined> {
  try {
    return (await manager.streams.info(name)).config;
  } catch (cause) {
    if (isAbsent(cause)) return undefined;
    throw serverFault(cause, `the configuration of ${name}`);
  }
}

async function stepFor(manager: JetStreamManager, wanted: WantedConfig): Promise<PlannedStep> {
  const actual = await actualConfig(manager, wanted.name);
  if (!actual) return { stream: wanted.name, action: 'create', differences: [] };
  const differences = differencesOf(wanted, actual);
  if (differences.some(({ obstacle }) => obstacle !== undefined)) return { stream: wanted.name, action: 'impossible', differences };
  return { stream: wanted.name, action: differences.length > 0 ? 'change' : 'nothing', differences };
}

const wantedConfigs = (declarations: Declarations): WantedConfig[] => [
  ...declarations.streams.map((stream) => streamConfig(stream, declarations)),
  ...declarations.buckets.map((bucket) => bucketConfig(bucket, declarations)),
];

async function planStreams(manager: JetStreamManager, declarations: Declarations): Promise<PlannedStep[]> {
  const steps: PlannedStep[] = [];
  for (const wanted of wantedConfigs(declarations)) steps.push(await stepFor(manager, wanted));
  return steps;
}

async function applyStreams(manager: JetStreamManager, declarations: Declarations): Promise<PlannedStep[]> {
  const steps = await planStreams(manager, declarations);
  const obstacles = steps.flatMap(({ stream, differences }) =>
    differences.flatMap(({ field, obstacle }) => (obstacle === undefined ? [] : [`${stream}.${field}: ${obstacle}`])),
  );
  if (obstacles.length > 0) throw streamsCannotChange({ obstacles });
  for (const [index, wanted] of wantedConfigs(declarations).entries()) {
    try {
      if (steps[index]?.action === 'create') await manager.streams.add(wanted);
      if (steps[index]?.action === 'change') await manager.streams.update(wanted.name, wanted);
    } catch (cause) {
      throw serverFault(cause, `the stream ${wanted.name}`);
    }
  }
  return steps;
}
