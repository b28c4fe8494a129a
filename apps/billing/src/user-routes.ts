import { CommandHeadersSchema, TenantField } from '@lurus/service/command';
import type { ServiceApp } from '@lurus/service/service-app';
import { z } from 'zod';
import { UserAnswer, UserCommandAnswer, userAnswer } from './answers.ts';
import type { Billing } from './billing.ts';
import { Limit, Sequence, TenantQuery, UserName, UserPath } from './fields.ts';
import { createUser, listUsers, requireUser } from './users.ts';

const tags = ['users'];

/** POST /v1/users, GET /v1/users, GET /v1/users/{user}. */
export function addUserRoutes(app: ServiceApp, billing: Billing): void {
  app.post(
    '/v1/users',
    {
      schema: {
        tags,
        summary: 'Creates a user with an empty wallet.',
        headers: CommandHeadersSchema,
        body: z.strictObject({ name: UserName, tenant: TenantField }),
        response: { 201: UserCommandAnswer, 202: UserCommandAnswer },
      },
    },
    async (request, reply) => {
      const { name, tenant } = request.body;
      const created = await createUser(billing, { name, tenantId: tenant, idempotencyKey: request.headers['idempotency-key'] });
      const answer = { ...userAnswer(created.user), is_applied: created.isApplied, event: created.event };
      return reply.code(created.isApplied ? 201 : 202).send(answer);
    },
  );
  app.get(
    '/v1/users',
    {
      schema: {
        tags,
        summary: 'Lists the users of a tenant in the order in which they were created.',
        querystring: z.strictObject({
          tenant: TenantField,
          limit: Limit,
          after: Sequence.default(0).describe('The next of the page before.'),
        }),
        response: { 200: z.object({ users: z.array(UserAnswer), next: z.number().int().nullable() }) },
      },
    },
    async (request) => {
      const { tenant, limit, after } = request.query;
      const users = await listUsers(billing, { tenantId: tenant, after, limit });
      return { users: users.map(userAnswer), next: users.length < limit ? null : (users.at(-1)?.sequence ?? null) };
    },
  );
  app.get(
    '/v1/users/:user',
    { schema: { tags, summary: 'Shows one user.', params: UserPath, querystring: TenantQuery, response: { 200: UserAnswer } } },
    async (request) => userAnswer(await requireUser(billing, request.query.tenant, request.params.user)),
  );
}
