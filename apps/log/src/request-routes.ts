import { InstantSchema } from '@lurus/base/clock';
import { EventIdSchema, KeyIdSchema, RequestIdSchema } from '@lurus/base/ids';
import { TenantField } from '@lurus/service/command';
import type { ServiceApp } from '@lurus/service/service-app';
import { z } from 'zod';
import { AttemptAnswer, listAttempts } from './attempts.ts';
import type { Log } from './log.ts';
import { requestUnknown } from './problems.ts';
import { RequestAnswer, findRequest, listRequests } from './requests.ts';
import { userIdOf } from './user-names.ts';

const tags = ['requests'];
const PAGE_MAX = 1_000; // About 1 MB of JSON.
const PAGE_DEFAULT = 50;
const ShortText = z.string().min(1, 'cannot be empty').max(200, 'must be at most 200 characters');
const Time = InstantSchema.describe('RFC 3339');

const RequestsQuery = z.strictObject({
  tenant: TenantField,
  user: ShortText.optional().describe('The name of a user.'),
  key: KeyIdSchema.optional().describe('The id of a key: the eight characters after "sk-lurus-".'),
  model: ShortText.optional().describe('As clients named it; "*" stands for any run of characters.'),
  reason: ShortText.optional().describe('Why it ended as it did: complete, client_gone_cut, …'),
  since: Time.optional(),
  until: Time.optional(),
  limit: z.coerce
    .number('must be a whole number')
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .max(PAGE_MAX, `must be at most ${PAGE_MAX}`)
    .default(PAGE_DEFAULT),
  before: EventIdSchema.optional().describe('The next of the page before.'),
});

/** GET /v1/requests, GET /v1/requests/{id}. */
export function addRequestRoutes(app: ServiceApp, log: Log): void {
  app.get(
    '/v1/requests',
    {
      schema: {
        tags,
        summary: 'Lists requests that have ended, latest first.',
        querystring: RequestsQuery,
        response: { 200: z.object({ requests: z.array(RequestAnswer), next: z.string().nullable() }) },
      },
    },
    async (request) => {
      const { tenant, user, key, limit, ...filter } = request.query;
      const userId = user === undefined ? undefined : await userIdOf(log, { tenant, user });
      const requests = await listRequests(log, {
        tenantId: tenant,
        userId,
        keyId: key,
        model: filter.model,
        reason: filter.reason,
        since: filter.since,
        until: filter.until,
        before: filter.before,
        limit,
      });
      return { requests, next: requests.length < limit ? null : (requests.at(-1)?.event.id ?? null) };
    },
  );
  app.get(
    '/v1/requests/:request_id',
    {
      schema: {
        tags,
        summary: 'Shows one request and its attempts.',
        params: z.strictObject({ request_id: RequestIdSchema }),
        response: { 200: z.object({ ...RequestAnswer.shape, attempt_list: z.array(AttemptAnswer) }) },
      },
    },
    async (request) => {
      const { request_id: requestId } = request.params;
      const [found, attempts] = await Promise.all([findRequest(log, requestId), listAttempts(log, requestId)]);
      if (!found) throw requestUnknown({ requestId });
      return { ...found, attempt_list: attempts };
    },
  );
}
