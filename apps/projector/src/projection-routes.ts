/** `GET /v1/projections`: how far every projection of this process is. */
import type { Clock } from '@lurus/base/clock';
import type { LaneStatus } from '@lurus/projection/lane';
import type { Runner } from '@lurus/projection/runner';
import type { ServiceApp } from '@lurus/service/service-app';
import { z } from 'zod';
import { measured } from './projector-metrics.ts';

const State = z.enum(['starting', 'following', 'waiting', 'stopped', 'closed']).meta({
  description: '`waiting`: a back end is away, it goes on by itself. `stopped`: for good, `error` says why.',
});

const PartitionSchema = z.object({
  stream: z.string(),
  partition: z.number(),
  position: z.number().meta({ description: 'Sequence up to which this partition has been folded.' }),
  head: z.number().meta({ description: 'Last sequence of the stream.' }),
  lag_events: z.number().meta({ description: 'Events that wait. Partitions are read together: all is counted at the first of them.' }),
  last_applied_age_ms: z.number().nullable(),
  state: State,
  error: z.string().nullable(),
});

const ProjectionSchema = z.object({
  name: z.string(),
  version: z.number(),
  says: z.string(),
  state: State,
  error: z.string().nullable(),
  partitions: z.array(PartitionSchema),
});

const AnswerSchema = z.object({ projections: z.array(ProjectionSchema) });

/** One runner with what it runs. */
export interface NamedRunner {
  readonly name: string;
  readonly version: number;
  readonly says: string;
  readonly runner: Runner;
}

function partitionsOf(lane: LaneStatus, nowMs: number): z.input<typeof PartitionSchema>[] {
  return lane.positions.map(({ partition, sequence }, index) => ({
    stream: lane.stream,
    partition,
    position: sequence,
    head: lane.head,
    lag_events: index === 0 ? lane.lag : 0,
    last_applied_age_ms: lane.appliedAtMs === undefined ? null : Math.max(0, nowMs - lane.appliedAtMs),
    state: lane.state,
    error: lane.error ?? null,
  }));
}

function describe({ name, version, says, runner }: NamedRunner, nowMs: number): z.input<typeof ProjectionSchema> {
  const lanes = runner.status();
  const worst = lanes.find((lane) => lane.state !== 'following') ?? lanes[0];
  return {
    name,
    version,
    says,
    state: worst?.state ?? 'closed',
    error: worst?.error ?? null,
    partitions: lanes.flatMap((lane) => partitionsOf(lane, nowMs)),
  };
}

/** Adds the route. */
export function addProjectionRoutes(app: ServiceApp, input: { readonly runners: readonly NamedRunner[]; readonly clock: Clock }): void {
  app.get(
    '/v1/projections',
    { schema: { summary: 'How far every projection is, by stream and partition', response: { 200: AnswerSchema } } },
    async () => {
      await Promise.all(input.runners.map(({ runner }) => measured(runner)));
      return { projections: input.runners.map((runner) => describe(runner, input.clock.nowMs())) };
    },
  );
}
