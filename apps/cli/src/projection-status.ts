import { z } from 'zod';
import { readAnswer } from './service-client.ts';
import type { Session } from './session.ts';

const PartitionSchema = z.object({
  stream: z.string(),
  partition: z.number(),
  position: z.number(),
  head: z.number(),
  lag_events: z.number(),
  last_applied_age_ms: z.number().nullable(),
  state: z.string(),
  error: z.string().nullable(),
});
const ProjectionSchema = z.object({
  name: z.string(),
  version: z.number(),
  state: z.string(),
  error: z.string().nullable(),
  partitions: z.array(PartitionSchema),
});
export const ProjectionListSchema = z.object({ projections: z.array(ProjectionSchema) });
export type ProjectionStatus = z.output<typeof ProjectionSchema>;
export type PartitionStatus = z.output<typeof PartitionSchema>;

/** What the projector says about itself, as it says it. */
export const fetchProjections = async (session: Session): Promise<unknown> =>
  (await session.call({ service: 'projector', method: 'GET', path: '/v1/projections' })).body;

/** The same, read. */
export const readProjections = (body: unknown): readonly ProjectionStatus[] => readAnswer(ProjectionListSchema, body).projections;

/** Events that a projection has not applied yet, over all its partitions. */
export const lagOf = (projection: ProjectionStatus): number => projection.partitions.reduce((sum, one) => sum + one.lag_events, 0);
