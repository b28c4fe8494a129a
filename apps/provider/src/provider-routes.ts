import { CommandHeadersSchema, TenantField, commandAnswer } from '@lurus/service/command';
import { inputRefused } from '@lurus/service/problem-json';
import type { ServiceApp } from '@lurus/service/service-app';
import { z } from 'zod';
import {
  AuthStyle,
  BaseUrl,
  Credential,
  Dialect,
  Limit,
  ModelMapping,
  Models,
  Priority,
  ProviderName,
  ProviderPath,
  Reason,
  Weight,
} from './fields.ts';
import { type ProviderOutcome, changeProvider, registerProvider, removeProvider } from './provider-commands.ts';
import type { ProviderService } from './provider.ts';
import { type Provider, listProviders, requireProvider } from './providers.ts';

const tags = ['providers'];

const ProviderAnswer = z.object({
  name: z.string(),
  provider_id: z.string(),
  tenant: z.string(),
  dialect: z.string(),
  base_url: z.string(),
  auth_style: z.string(),
  has_credential: z.boolean().describe('the credential itself is never shown'),
  models: z.array(z.string()),
  model_mapping: z.record(z.string(), z.string()),
  priority: z.number().int(),
  weight: z.number().int(),
  is_removed: z.boolean(),
  updated_at: z.string(),
});
const ProviderCommandAnswer = z.object({ ...ProviderAnswer.shape, ...commandAnswer });

const providerAnswer = (provider: Provider): z.infer<typeof ProviderAnswer> => ({
  name: provider.name,
  provider_id: provider.providerId,
  tenant: provider.tenantId,
  dialect: provider.dialect,
  base_url: provider.baseUrl,
  auth_style: provider.authStyle,
  has_credential: provider.sealedCredential !== null,
  models: provider.models,
  model_mapping: Object.fromEntries(provider.modelMapping.map(({ pattern, target }) => [pattern, target])),
  priority: provider.priority,
  weight: provider.weight,
  is_removed: provider.isRemoved,
  updated_at: provider.updatedAt,
});

const commandFields = ({ provider, event, isApplied }: ProviderOutcome): z.infer<typeof ProviderCommandAnswer> => ({
  ...providerAnswer(provider),
  is_applied: isApplied,
  event,
});

const mappingOf = (mapping: Readonly<Record<string, string>>) => Object.entries(mapping).map(([pattern, target]) => ({ pattern, target }));

const PRIORITY_DEFAULT = 100; // In the middle of nothing, so that there is room before and behind.

const RegisterBody = z.strictObject({
  name: ProviderName,
  tenant: TenantField,
  dialect: Dialect,
  base_url: BaseUrl,
  credential: Credential.nullable().optional(),
  auth_style: AuthStyle.optional(),
  models: Models,
  model_mapping: ModelMapping.default({}),
  priority: Priority.default(PRIORITY_DEFAULT),
  weight: Weight.default(1),
});

const ChangeBody = z.strictObject({
  name: ProviderName.optional().describe('The name in the path, if anything: a provider is not renamed.'),
  tenant: TenantField,
  dialect: Dialect.optional(),
  base_url: BaseUrl.optional(),
  credential: Credential.nullable().optional().describe('A new one; null forgets the old one; absent keeps it.'),
  auth_style: AuthStyle.optional(),
  models: Models.optional(),
  model_mapping: ModelMapping.optional(),
  priority: Priority.optional(),
  weight: Weight.optional(),
});

/** POST, GET /v1/providers; GET, PUT, DELETE /v1/providers/{name}. */
export function addProviderRoutes(app: ServiceApp, service: ProviderService): void {
  addCommandRoutes(app, service);
  app.get(
    '/v1/providers',
    {
      schema: {
        tags,
        summary: 'Lists the providers of a tenant by name, without their credentials.',
        querystring: z.strictObject({
          tenant: TenantField,
          limit: Limit,
          after: z.string().max(64).default('').describe('The next of the page before.'),
        }),
        response: { 200: z.object({ providers: z.array(ProviderAnswer), next: z.string().nullable() }) },
      },
    },
    async (request) => {
      const { tenant, limit, after } = request.query;
      const providers = await listProviders(service, { tenantId: tenant, after, limit });
      return { providers: providers.map(providerAnswer), next: providers.length < limit ? null : (providers.at(-1)?.name ?? null) };
    },
  );
  app.get(
    '/v1/providers/:name',
    {
      schema: {
        tags,
        summary: 'Shows one provider, without its credential.',
        params: ProviderPath,
        querystring: z.strictObject({ tenant: TenantField }),
        response: { 200: ProviderAnswer },
      },
    },
    async (request) => providerAnswer(await requireProvider(service, { tenantId: request.query.tenant, name: request.params.name })),
  );
}

function addCommandRoutes(app: ServiceApp, service: ProviderService): void {
  app.post(
    '/v1/providers',
    {
      schema: {
        tags,
        summary: 'Registers a provider that requests can be routed to.',
        headers: CommandHeadersSchema,
        body: RegisterBody,
        response: { 201: ProviderCommandAnswer, 202: ProviderCommandAnswer },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const outcome = await registerProvider(service, {
        tenantId: body.tenant,
        name: body.name,
        credential: body.credential,
        authStyle: body.auth_style,
        settings: {
          dialect: body.dialect,
          baseUrl: body.base_url,
          models: body.models,
          modelMapping: mappingOf(body.model_mapping),
          priority: body.priority,
          weight: body.weight,
        },
        idempotencyKey: request.headers['idempotency-key'],
      });
      return reply.code(outcome.isApplied ? 201 : 202).send(commandFields(outcome));
    },
  );
  addChangeRoute(app, service);
  app.delete(
    '/v1/providers/:name',
    {
      schema: {
        tags,
        summary: 'Stops routing to a provider; answers that run go on.',
        headers: CommandHeadersSchema,
        params: ProviderPath,
        querystring: z.strictObject({ tenant: TenantField, reason: Reason.default('removed by an operator') }),
        response: { 200: ProviderCommandAnswer, 202: ProviderCommandAnswer },
      },
    },
    async (request, reply) => {
      const { tenant, reason } = request.query;
      const idempotencyKey = request.headers['idempotency-key'];
      const outcome = await removeProvider(service, { tenantId: tenant, name: request.params.name, reason, idempotencyKey });
      return reply.code(outcome.isApplied ? 200 : 202).send(commandFields(outcome));
    },
  );
}

function addChangeRoute(app: ServiceApp, service: ProviderService): void {
  app.put(
    '/v1/providers/:name',
    {
      schema: {
        tags,
        summary: 'Changes a provider; what is not named stays as it is, the credential too.',
        headers: CommandHeadersSchema,
        params: ProviderPath,
        body: ChangeBody,
        response: { 200: ProviderCommandAnswer, 202: ProviderCommandAnswer },
      },
    },
    async (request, reply) => {
      const { body, params } = request;
      if (body.name !== undefined && body.name !== params.name) {
        const message = `must be "${params.name}" as in the path: a provider is not renamed; register another and remove this one`;
        throw inputRefused({ count: 1 }, { faults: [{ path: 'body.name', message }] });
      }
      const outcome = await changeProvider(service, {
        tenantId: body.tenant,
        name: params.name,
        credential: body.credential,
        authStyle: body.auth_style,
        changes: {
          dialect: body.dialect,
          baseUrl: body.base_url,
          models: body.models,
          modelMapping: body.model_mapping && mappingOf(body.model_mapping),
          priority: body.priority,
          weight: body.weight,
        },
        idempotencyKey: request.headers['idempotency-key'],
      });
      return reply.code(outcome.isApplied ? 200 : 202).send(commandFields(outcome));
    },
  );
}
