/** Runs one projection: a lane for each stream that it reads, for the partitions that this process owns. */
import type { Clock } from '@lurus/base/clock';
import { PARTITIONS, type StreamDefinition } from '@lurus/events/stream';
import type { JournalConnection } from '@lurus/journal/journal';
import type { Projection } from './define-projection.ts';
import { type Failpoint, type Lane, type LaneObserver, type LaneStatus, startLane } from './lane.ts';
import { LANE_LIMITS, type LaneLimits } from './limits.ts';
import { viewOpener } from './view.ts';

/** A run of partitions without holes, both ends included. */
export interface PartitionRange {
  readonly first: number;
  readonly last: number;
}

/** Every partition there is. */
export const ALL_PARTITIONS: PartitionRange = { first: 0, last: PARTITIONS - 1 };

/** All that a runner works with. */
export interface RunnerOptions {
  readonly projection: Projection;
  readonly partitions: PartitionRange;
  readonly connection: JournalConnection;
  /** With the rights to make schemas. Needed by projections that are kept in Postgres. */
  readonly postgresUrl?: string;
  /** With the rights to make tables. Needed by projections that are kept in ClickHouse. */
  readonly clickhouseUrl?: string;
  readonly clock: Clock;
  /** Name of this process, as the source of the events that it causes. */
  readonly source: string;
  readonly limits?: Partial<LaneLimits>;
  readonly observer?: LaneObserver;
  /** Called at places where a test wants to end the lane as a crash would: by throwing. */
  readonly failpoint?: (at: Failpoint) => void;
}

/** A running projection. */
export interface Runner {
  /** One for each stream. */
  readonly status: () => readonly LaneStatus[];
  /** Asks for heads and lags, so that `status` has them fresh. */
  readonly measure: () => Promise<void>;
  /** Ends after the batch in hand. */
  readonly stop: () => Promise<void>;
  /** Resolves when every lane has ended, whatever the reason. */
  readonly ended: Promise<void>;
}

/** A stream without partitions has one, number 0: who owns that one reads the stream. */
function ownedPartitions(stream: StreamDefinition, { first, last }: PartitionRange): number[] {
  const all = stream.isPartitioned ? PARTITIONS : 1;
  return Array.from({ length: all }, (_, partition) => partition).filter((partition) => partition >= first && partition <= last);
}

/** Starts a projection. It goes on by itself until it is stopped or must stop. */
export function startRunner(options: RunnerOptions): Runner {
  const { projection, connection, clock, source, failpoint } = options;
  const lanes = projection.reads.flatMap((stream): Lane[] => {
    const partitions = ownedPartitions(stream, options.partitions);
    if (partitions.length === 0) return [];
    const { postgresUrl, clickhouseUrl } = options;
    return [
      startLane({
        projection,
        stream,
        partitions,
        connection,
        openView: viewOpener({ projection, stream: stream.name, partitions, connection, postgresUrl, clickhouseUrl }),
        clock,
        source,
        limits: { ...LANE_LIMITS, ...options.limits },
        observer: options.observer ?? {},
        ...(failpoint ? { failpoint } : {}),
      }),
    ];
  });
  return {
    status: () => lanes.map((lane) => lane.status()),
    measure: async () => {
      await Promise.all(lanes.map((lane) => lane.measure()));
    },
    stop: async () => {
      await Promise.all(lanes.map((lane) => lane.stop()));
    },
    ended: Promise.all(lanes.map((lane) => lane.ended)).then(() => undefined),
  };
}
