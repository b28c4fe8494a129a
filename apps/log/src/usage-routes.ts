import { InstantSchema, epochMsOf, instantOf } from '@lurus/base/clock';
import { TenantField } from '@lurus/service/command';
import { inputRefused } from '@lurus/service/problem-json';
import type { ServiceApp } from '@lurus/service/service-app';
import { z } from 'zod';
import type { Log } from './log.ts';
import { DimensionSchema, UsageAnswer, readUsage } from './usage.ts';

const DAYS_DEFAULT = 30;
const DAY_MS = 86_400_000;
const ROWS_MAX = 10_000; // About 4 MB of JSON: a year by day and model.
const ROWS_DEFAULT = 1_000;

/** `model,provider` as a list without repeats, at least one. */
const GroupBy = z
  .string()
  .default('model')
  .transform((text) => text.split(',').map((part) => part.trim()))
  .pipe(z.array(DimensionSchema).min(1))
  .refine((parts) => new Set(parts).size === parts.length, 'must name each at most once')
  .describe(`Divided by these, separated by commas: ${DimensionSchema.options.join(', ')}; by model unless given.`);

const UsageQuery = z.strictObject({
  tenant: TenantField,
  from: InstantSchema.optional().describe(`RFC 3339; ${DAYS_DEFAULT} days before the end unless given. Usage is kept by the hour.`),
  to: InstantSchema.optional().describe('RFC 3339; now unless given.'),
  group_by: GroupBy,
  limit: z.coerce
    .number('must be a whole number')
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .max(ROWS_MAX, `must be at most ${ROWS_MAX}`)
    .default(ROWS_DEFAULT),
});

/** GET /v1/usage. */
export function addUsageRoutes(app: ServiceApp, log: Log): void {
  app.get(
    '/v1/usage',
    {
      schema: {
        tags: ['usage'],
        summary: 'Adds up what was used and what it cost.',
        querystring: UsageQuery,
        response: { 200: UsageAnswer },
      },
    },
    (request) => {
      const { tenant, group_by: groupBy, limit } = request.query;
      const to = request.query.to ?? instantOf(log.clock.nowMs());
      const from = request.query.from ?? instantOf(epochMsOf(to) - DAYS_DEFAULT * DAY_MS);
      if (epochMsOf(from) >= epochMsOf(to)) {
        throw inputRefused({ count: 1 }, { faults: [{ path: 'query.from', message: `must lie before the end, ${to}` }] });
      }
      return readUsage(log, { tenantId: tenant, from, to, groupBy, limit });
    },
  );
}
