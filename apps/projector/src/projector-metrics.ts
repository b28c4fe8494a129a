/** What a projector shows to Prometheus: lag, events, batches, transactions, what was set aside, and fences that were lost. */
import type { LaneObserver, LaneStatus } from '@lurus/projection/lane';
import type { Runner } from '@lurus/projection/runner';
import { FAST_SECONDS, type Metrics } from '@lurus/service/metrics';

const BATCH_EVENTS = [1, 2, 5, 10, 25, 50, 100, 200, 350, 500] as const;

/** Counts what lanes tell. */
export function createProjectorMetrics(metrics: Metrics): LaneObserver {
  const labels = ['projection'] as const;
  const events = metrics.counter({
    name: 'switch_projection_events_total',
    help: 'Events taken from streams, by what became of them: applied, skipped, unknown (name not in the catalogue), repeated, parked.',
    labels: ['projection', 'outcome'],
  });
  const batch = metrics.histogram({ name: 'switch_projection_batch_events', help: 'Events of one batch.', labels, buckets: BATCH_EVENTS });
  const took = metrics.histogram({
    name: 'switch_projection_batch_seconds',
    help: 'Time from taking a batch until its rows are committed and its bucket entries put.',
    labels,
    buckets: FAST_SECONDS,
  });
  const fences = metrics.counter({
    name: 'switch_projection_fence_losses_total',
    help: 'Times that another runner was found to fold the same partitions.',
    labels,
  });
  return {
    onBatch: ({ projection, applied, steps, tookMs }) => {
      events.inc({ projection, outcome: 'applied' }, applied.applied);
      events.inc({ projection, outcome: 'skipped' }, applied.skipped);
      events.inc({ projection, outcome: 'unknown' }, applied.unknown);
      events.inc({ projection, outcome: 'repeated' }, applied.duplicates);
      events.inc({ projection, outcome: 'parked' }, applied.parked.length);
      batch.observe({ projection }, steps);
      took.observe({ projection }, tookMs / 1_000);
    },
    onFenceLost: ({ projection }) => fences.inc({ projection }),
  };
}

/** Shows at each scrape how far every lane is. */
export function showLanes(metrics: Metrics, runners: readonly Runner[]): void {
  const labels = ['projection', 'stream'] as const;
  const lag = metrics.gauge({ name: 'switch_projection_lag_events', help: 'Events that wait to be applied.', labels });
  const position = metrics.gauge({ name: 'switch_projection_position', help: 'Lowest position over the partitions.', labels });
  const state = metrics.gauge({
    name: 'switch_projection_following',
    help: 'Whether a projection follows its stream: 1, or 0 while it starts, waits for a back end or has stopped.',
    labels,
    collect: async (following) => {
      await Promise.all(runners.map((runner) => measured(runner)));
      for (const lane of runners.flatMap((runner) => runner.status())) {
        const names = { projection: lane.projection, stream: lane.stream };
        lag.set(names, lane.lag);
        position.set(names, lowestPosition(lane));
        following.set(names, lane.state === 'following' ? 1 : 0);
      }
    },
  });
  state.reset();
}

/** Fresh figures where the stream answers; where it does not, the last ones stand and `state` says why. */
export const measured = (runner: Runner): Promise<void> => runner.measure().catch(() => undefined);

const lowestPosition = (lane: LaneStatus): number =>
  lane.positions.length === 0 ? 0 : Math.min(...lane.positions.map(({ sequence }) => sequence));
