import { CommandHeadersSchema, TenantField } from '@lurus/service/command';
import type { ServiceApp } from '@lurus/service/service-app';
import { z } from 'zod';
import { Limit, ModelPattern, Reason } from './fields.ts';
import { publishPrice, withdrawPrice } from './price-commands.ts';
import { PriceAnswer, PriceBody, PriceCommandAnswer, WithdrawnPriceAnswer, priceAnswer, ratesOf, tiersOf } from './price-fields.ts';
import { listPrices } from './prices.ts';
import type { ProviderService } from './provider.ts';

const tags = ['prices'];

/** PUT, GET, DELETE /v1/prices. */
export function addPriceRoutes(app: ServiceApp, service: ProviderService): void {
  app.put(
    '/v1/prices',
    {
      schema: {
        tags,
        summary: 'Publishes the price of a model pattern from now on, as a new version.',
        headers: CommandHeadersSchema,
        body: PriceBody,
        response: { 200: PriceCommandAnswer, 202: PriceCommandAnswer },
      },
    },
    async (request, reply) => {
      const { tenant, model, tiers, is_free, ...rates } = request.body;
      const { price, event, isApplied } = await publishPrice(service, {
        tenantId: tenant,
        model,
        rates: ratesOf(rates),
        tiers: tiersOf(tiers),
        isFree: is_free,
        idempotencyKey: request.headers['idempotency-key'],
      });
      return reply.code(isApplied ? 200 : 202).send({ ...priceAnswer(price), is_applied: isApplied, event });
    },
  );
  addListRoute(app, service);
  app.delete(
    '/v1/prices',
    {
      schema: {
        tags,
        summary: 'Withdraws the price of a pattern; requests for it are refused unless another pattern fits.',
        headers: CommandHeadersSchema,
        querystring: z.strictObject({ tenant: TenantField, model: ModelPattern, reason: Reason.default('withdrawn by an operator') }),
        response: { 200: WithdrawnPriceAnswer, 202: WithdrawnPriceAnswer },
      },
    },
    async (request, reply) => {
      const { tenant, model, reason } = request.query;
      const command = { tenantId: tenant, model, reason, idempotencyKey: request.headers['idempotency-key'] };
      const { priceVersion, event, isApplied } = await withdrawPrice(service, command);
      return reply.code(isApplied ? 200 : 202).send({ model, tenant, price_version: priceVersion, is_applied: isApplied, event });
    },
  );
}

function addListRoute(app: ServiceApp, service: ProviderService): void {
  app.get(
    '/v1/prices',
    {
      schema: {
        tags,
        summary: 'Lists the prices in force, or every version, in the order of their publication.',
        querystring: z.strictObject({
          tenant: TenantField,
          model: ModelPattern.optional().describe('Only this pattern, as it was published.'),
          all: z.enum(['true', 'false'], 'must be true or false').default('false').describe('Versions that are no longer in force too.'),
          limit: Limit,
          after: z.coerce
            .number('must be a whole number')
            .int('must be a whole number')
            .min(0)
            .default(0)
            .describe('The next of the page before.'),
        }),
        response: { 200: z.object({ prices: z.array(PriceAnswer), next: z.number().int().nullable() }) },
      },
    },
    async (request) => {
      const { tenant, model, all, limit, after } = request.query;
      const prices = await listPrices(service, { tenantId: tenant, model, hasOld: all === 'true', after, limit });
      return { prices: prices.map(priceAnswer), next: prices.length < limit ? null : (prices.at(-1)?.sequence ?? null) };
    },
  );
}
