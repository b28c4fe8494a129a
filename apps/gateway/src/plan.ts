/** Which providers are tried for a request, in which order, under which name of the model, and at which price. */
import { bestPattern, mapModel } from '@lurus/base/pattern';
import type { TenantId } from '@lurus/base/ids';
import type { DialectName } from '@lurus/base/dialect-name';
import type { BucketValue } from '@lurus/events/bucket';
import type { routesBucket } from '@lurus/streams/buckets';
import { modelNotAllowed, priceMissing, routeMissing } from './problems.ts';
import { rendezvousScore } from './rendezvous.ts';
import type { Price, PriceTable } from './price-table.ts';
import type { TenantTable } from './tenant-table.ts';

export type Provider = BucketValue<typeof routesBucket>;

/** One provider and the name that it has for the model. */
export interface Route {
  readonly provider: Provider;
  readonly upstreamModel: string;
}

export interface Plan {
  /** In the order in which they are tried; at least one. */
  readonly routes: readonly Route[];
  /** Pinned for this request, whatever happens to price lists meanwhile; undefined only where nothing is charged. */
  readonly price: Price | undefined;
}

export interface PlanInput {
  readonly tenantId: TenantId;
  readonly keyId: string;
  /** Patterns that the key may use; empty for all. */
  readonly allowedModels: readonly string[];
  readonly dialect: DialectName;
  readonly model: string;
  readonly isCharged: boolean;
  /** The conversation, or the request where there is none: requests of one conversation stay with one provider, whose prompt cache knows it. */
  readonly stickyKey: string;
  readonly attemptsMax: number;
}

export interface PlanTables {
  readonly providers: TenantTable<Provider>;
  readonly prices: PriceTable;
  readonly isCooling: (providerId: string) => boolean;
}

/** Models named in an error: enough to see a typo, few enough to read. */
const LISTED_MAX = 20;

/** Plans one request. Throws a Problem where the key may not use the model, no provider serves it or it has no price. */
export function planRoutes(input: PlanInput, tables: PlanTables): Plan {
  const { tenantId, keyId, allowedModels, model, dialect } = input;
  if (!isAllowed(allowedModels, model))
    throw modelNotAllowed({ model: model.slice(0, 200), keyId, allowed: allowedModels.slice(0, LISTED_MAX) });
  const serving = servingProviders(input, tables);
  if (serving.length === 0) {
    const named = knownModels({ tenantId, allowedModels, dialects: [dialect] }, tables);
    const models = named.length > 0 ? named : servedPatterns({ tenantId, dialect }, tables);
    throw routeMissing({ model: model.slice(0, 200), dialect, models: models.slice(0, LISTED_MAX) });
  }
  const price = input.isCharged ? tables.prices.find(tenantId, model) : undefined;
  if (input.isCharged && !price) throw priceMissing({ model: model.slice(0, 200) });
  return { routes: inOrder(serving, input, tables).slice(0, input.attemptsMax), price };
}

/** Whether a key with these patterns may use a model. */
export const isAllowed = (allowedModels: readonly string[], model: string): boolean =>
  allowedModels.length === 0 || bestPattern(allowedModels, model) !== undefined;

/** What the providers of a dialect serve, wildcards included: the next best hint where no model is known by name. Sorted. */
function servedPatterns(input: Pick<PlanInput, 'tenantId' | 'dialect'>, tables: PlanTables): string[] {
  const providers = Array.from(tables.providers.of(input.tenantId)).filter((provider) => provider.dialect === input.dialect);
  return [...new Set(providers.flatMap((provider) => provider.models))].sort();
}

function servingProviders({ tenantId, dialect, model }: PlanInput, tables: PlanTables): Provider[] {
  const serving: Provider[] = [];
  for (const provider of tables.providers.of(tenantId)) {
    if (provider.dialect === dialect && bestPattern(provider.models, model) !== undefined) serving.push(provider);
  }
  return serving;
}

function inOrder(providers: readonly Provider[], input: PlanInput, tables: PlanTables): Route[] {
  const ranked = providers.map((provider) => ({
    provider,
    isCooling: providers.length > 1 && tables.isCooling(provider.providerId),
    score: rendezvousScore({ key: input.stickyKey, member: provider.providerId, weight: provider.weight }),
  }));
  ranked.sort((a, b) => Number(a.isCooling) - Number(b.isCooling) || a.provider.priority - b.provider.priority || b.score - a.score);
  return ranked.map(({ provider }) => ({ provider, upstreamModel: upstreamModelOf(provider, input.model) }));
}

/** The provider's own name of a model: the closest mapping, or the name as it is. */
function upstreamModelOf(provider: Provider, model: string): string {
  const pattern = bestPattern(
    provider.modelMapping.map((mapping) => mapping.pattern),
    model,
  );
  const mapping = provider.modelMapping.find((candidate) => candidate.pattern === pattern);
  return mapping ? mapModel({ ...mapping, model }) : model;
}

export interface KnownModelsInput {
  readonly tenantId: TenantId;
  readonly allowedModels: readonly string[];
  readonly dialects: readonly DialectName[];
}

/**
 * The models that a key can ask for by name: those that are named somewhere without a wildcard (by a provider, a mapping or a price), are
 * served, priced and allowed. Sorted.
 */
export function knownModels(
  { tenantId, allowedModels, dialects }: KnownModelsInput,
  tables: Pick<PlanTables, 'providers' | 'prices'>,
): string[] {
  const providers = Array.from(tables.providers.of(tenantId)).filter((provider) => dialects.includes(provider.dialect));
  const named = new Set<string>();
  for (const provider of providers) {
    for (const model of provider.models) named.add(model);
    for (const { pattern } of provider.modelMapping) named.add(pattern);
  }
  for (const price of tables.prices.of(tenantId)) named.add(price.model);
  return Array.from(named)
    .filter(
      (model) =>
        !model.includes('*') &&
        isAllowed(allowedModels, model) &&
        providers.some((provider) => bestPattern(provider.models, model) !== undefined) &&
        tables.prices.find(tenantId, model) !== undefined,
    )
    .sort();
}
