import { InstantSchema, epochMsOf } from '@lurus/base/clock';
import { CommandHeadersSchema, TenantField } from '@lurus/service/command';
import type { ServiceApp } from '@lurus/service/service-app';
import { z } from 'zod';
import { IssuedKeyAnswer, KeyAnswer, KeyCommandAnswer, keyAnswer } from './answers.ts';
import type { Billing } from './billing.ts';
import { KeyPath, Limit, ShortText, UserName } from './fields.ts';
import { type KeyOutcome, issueKey, limitKey, revokeKey } from './key-commands.ts';
import { listKeys } from './keys.ts';
import { requireUser } from './users.ts';

const tags = ['keys'];
const RATE_MAX = 1_000_000_000; // Past any machine, and within what the view's integer columns hold.
const Rate = z.number().int('must be a whole number').min(1, 'must be at least 1').max(RATE_MAX, `must be at most ${RATE_MAX}`).nullable();
const Models = z.array(ShortText.min(1, 'cannot be empty')).max(64, 'must be at most 64 patterns');

const commandFields = ({ key, event, isApplied }: KeyOutcome): z.infer<typeof KeyCommandAnswer> => ({
  ...keyAnswer(key),
  is_applied: isApplied,
  event,
});

/** POST, GET /v1/keys; PATCH, DELETE /v1/keys/{key_id}. */
export function addKeyRoutes(app: ServiceApp, billing: Billing): void {
  addIssueRoute(app, billing);
  addListRoute(app, billing);
  app.patch(
    '/v1/keys/:key_id',
    {
      schema: {
        tags,
        summary: 'Changes limits of a key; those not named stay as they are, null removes one.',
        headers: CommandHeadersSchema,
        params: KeyPath,
        body: z
          .strictObject({
            models: Models.optional(),
            requests_per_minute: Rate.optional(),
            tokens_per_minute: Rate.optional(),
            concurrent_requests: Rate.optional(),
          })
          .refine((body) => Object.values(body).some((value) => value !== undefined), 'must name at least one limit'),
        response: { 200: KeyCommandAnswer, 202: KeyCommandAnswer },
      },
    },
    async (request, reply) => {
      const { models, requests_per_minute, tokens_per_minute, concurrent_requests } = request.body;
      const limits = {
        models,
        requestsPerMinute: requests_per_minute,
        tokensPerMinute: tokens_per_minute,
        concurrentRequests: concurrent_requests,
      };
      const outcome = await limitKey(billing, { keyId: request.params.key_id, limits, idempotencyKey: request.headers['idempotency-key'] });
      return reply.code(outcome.isApplied ? 200 : 202).send(commandFields(outcome));
    },
  );
  app.delete(
    '/v1/keys/:key_id',
    {
      schema: {
        tags,
        summary: 'Revokes a key for good, at every gateway within two seconds.',
        params: KeyPath,
        querystring: z.strictObject({ reason: ShortText.default('revoked by an operator') }),
        response: { 200: KeyCommandAnswer, 202: KeyCommandAnswer },
      },
    },
    async (request, reply) => {
      const outcome = await revokeKey(billing, { keyId: request.params.key_id, reason: request.query.reason });
      return reply.code(outcome.isApplied ? 200 : 202).send(commandFields(outcome));
    },
  );
}

function addIssueRoute(app: ServiceApp, billing: Billing): void {
  const expiresAt = InstantSchema.refine((instant) => epochMsOf(instant) > billing.clock.nowMs(), 'must lie in the future');
  app.post(
    '/v1/keys',
    {
      schema: {
        tags,
        summary: 'Issues an API key to a user. The key itself is in this answer only.',
        headers: CommandHeadersSchema,
        body: z.strictObject({
          user: UserName,
          tenant: TenantField,
          label: ShortText.default(''),
          models: Models.default([]).describe('Model patterns that the key may use; none allows every model.'),
          requests_per_minute: Rate.default(null),
          tokens_per_minute: Rate.default(null),
          concurrent_requests: Rate.default(null),
          expires_at: expiresAt.nullable().default(null),
        }),
        response: { 201: IssuedKeyAnswer, 202: IssuedKeyAnswer },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const issued = await issueKey(billing, {
        tenantId: body.tenant,
        userName: body.user,
        label: body.label,
        models: body.models,
        requestsPerMinute: body.requests_per_minute,
        tokensPerMinute: body.tokens_per_minute,
        concurrentRequests: body.concurrent_requests,
        expiresAt: body.expires_at,
        idempotencyKey: request.headers['idempotency-key'],
      });
      return reply.code(issued.isApplied ? 201 : 202).send({ ...commandFields(issued), key: issued.secret });
    },
  );
}

function addListRoute(app: ServiceApp, billing: Billing): void {
  app.get(
    '/v1/keys',
    {
      schema: {
        tags,
        summary: 'Lists the keys of a tenant or of one user, revoked ones included; never the keys themselves.',
        querystring: z.strictObject({
          tenant: TenantField,
          user: UserName.optional(),
          limit: Limit,
          after: z.string().max(8).default('').describe('The next of the page before.'),
        }),
        response: { 200: z.object({ keys: z.array(KeyAnswer), next: z.string().nullable() }) },
      },
    },
    async (request) => {
      const { tenant, user, limit, after } = request.query;
      const userId = user === undefined ? undefined : (await requireUser(billing, tenant, user)).userId;
      const keys = await listKeys(billing, { tenantId: tenant, userId, after, limit });
      return { keys: keys.map(keyAnswer), next: keys.length < limit ? null : (keys.at(-1)?.keyId ?? null) };
    },
  );
}
