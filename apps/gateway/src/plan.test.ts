import { picosPerToken } from '@lurus/base/money';
import { type EventId, type ProviderId, type TenantId, unchecked } from '@lurus/base/ids';
import { Problem } from '@lurus/base/problem';
import { expect, test } from 'vitest';
import { knownModels, type PlanInput, planRoutes, type PlanTables, type Provider } from './plan.ts';
import { createPriceTable, type Price } from './price-table.ts';
import { createTenantTable } from './tenant-table.ts';

const main = unchecked<TenantId>('main');

function provider(name: string, over: Partial<Provider> = {}): Provider {
  return {
    providerId: unchecked<ProviderId>(name),
    tenantId: main,
    provider: name,
    dialect: 'anthropic',
    baseUrl: `http://${name}.test`,
    authStyle: 'x-api-key',
    sealedCredential: null,
    models: ['claude-*'],
    modelMapping: [],
    priority: 0,
    weight: 1,
    isRemoved: false,
    sequence: 1,
    ...over,
  };
}

function price(model: string, over: Partial<Price> = {}): Price {
  const rate = picosPerToken(1_000_000n);
  return {
    tenantId: main,
    model,
    priceVersion: unchecked<EventId>(`version of ${model}`),
    rates: {
      inputPicos: rate,
      outputPicos: rate,
      cacheReadPicos: null,
      cacheWrite5mPicos: null,
      cacheWrite1hPicos: null,
      reasoningPicos: null,
    },
    tiers: [],
    isFree: false,
    isWithdrawn: false,
    sequence: 1,
    ...over,
  };
}

function mirrorOf<Value extends { tenantId: string }>(values: readonly Value[], nameOf: (value: Value) => string) {
  const entries = new Map(values.map((value) => [`${value.tenantId}.${nameOf(value)}`, value]));
  const listeners: ((key: string, value: Value | undefined) => void)[] = [];
  return {
    entries: () => entries.entries(),
    onChange: (listener: (key: string, value: Value | undefined) => void) => {
      listeners.push(listener);
      return () => undefined;
    },
    set: (key: string, value: Value | undefined) => listeners.forEach((listener) => listener(key, value)),
  };
}

function tables(providers: readonly Provider[], prices: readonly Price[], cooling: readonly string[] = []): PlanTables {
  return {
    providers: createTenantTable(
      mirrorOf(providers, (p) => p.providerId),
      (p) => !p.isRemoved,
    ),
    prices: createPriceTable(
      createTenantTable(
        mirrorOf(prices, (p) => p.model),
        (p) => !p.isWithdrawn,
      ),
    ),
    isCooling: (providerId) => cooling.includes(providerId),
  };
}

const ask = (over: Partial<PlanInput> = {}): PlanInput => ({
  tenantId: main,
  keyId: 'aaaaaaaa',
  allowedModels: [],
  dialect: 'anthropic',
  model: 'claude-sonnet-5',
  isCharged: true,
  stickyKey: 'session-1',
  attemptsMax: 3,
  ...over,
});

function refusal(action: () => unknown): Problem['details'] {
  try {
    action();
  } catch (error) {
    if (error instanceof Problem) return error.details;
    throw error;
  }
  throw new Error('was planned');
}

const names = (plan: { readonly routes: readonly { readonly provider: Provider }[] }): string[] =>
  plan.routes.map((route) => route.provider.provider);

test('lower priority numbers come first', () => {
  const plan = planRoutes(ask(), tables([provider('second', { priority: 5 }), provider('first')], [price('claude-*')]));
  expect(names(plan)).toEqual(['first', 'second']);
});

test('a conversation keeps its provider', () => {
  const all = tables([provider('a'), provider('b'), provider('c')], [price('*')]);
  const first = names(planRoutes(ask(), all));
  expect(names(planRoutes(ask(), all))).toEqual(first);
  const spread = new Set(Array.from({ length: 60 }, (_, index) => names(planRoutes(ask({ stickyKey: `s${index}` }), all))[0]));
  expect(spread.size).toBe(3);
});

test('a provider that failed just now is tried last, before priorities', () => {
  const plan = planRoutes(ask(), tables([provider('best'), provider('other', { priority: 9 })], [price('*')], ['best']));
  expect(names(plan)).toEqual(['other', 'best']);
});

test('a lone provider is tried even while it cools', () => {
  expect(names(planRoutes(ask(), tables([provider('only')], [price('*')], ['only'])))).toEqual(['only']);
});

test('no more providers are tried than the limit says', () => {
  const many = ['a', 'b', 'c', 'd', 'e'].map((name) => provider(name));
  expect(planRoutes(ask({ attemptsMax: 2 }), tables(many, [price('*')])).routes).toHaveLength(2);
});

test('the closest mapping names the model for the provider', () => {
  const modelMapping = [
    { pattern: 'claude-*', target: 'vendor/claude-*' },
    { pattern: 'claude-sonnet-5', target: 'sonnet-dated' },
  ];
  const all = tables([provider('a', { modelMapping })], [price('*')]);
  expect(planRoutes(ask(), all).routes[0]?.upstreamModel).toBe('sonnet-dated');
  expect(planRoutes(ask({ model: 'claude-opus-5' }), all).routes[0]?.upstreamModel).toBe('vendor/claude-opus-5');
});

test('the price of the closest pattern is pinned', () => {
  const all = tables([provider('a')], [price('*'), price('claude-*'), price('claude-sonnet-5', { isWithdrawn: true })]);
  expect(planRoutes(ask(), all).price?.model).toBe('claude-*');
});

test('a changed price list is seen at once', () => {
  const prices = mirrorOf([price('*')], (p) => p.model);
  const table = createPriceTable(createTenantTable(prices, (p) => !p.isWithdrawn));
  expect(table.find(main, 'm')?.model).toBe('*');
  prices.set('main.m', price('m'));
  expect(table.find(main, 'm')?.model).toBe('m');
  prices.set('main.m', undefined);
  expect(table.find(main, 'm')?.model).toBe('*');
});

test('a model without a provider is refused with what there is instead', () => {
  const all = tables(
    [provider('a', { models: ['claude-*', 'claude-haiku-5'] }), provider('b', { dialect: 'gemini', models: ['gemini-3'] })],
    [price('*')],
  );
  const details = refusal(() => planRoutes(ask({ model: 'gpt-9' }), all));
  expect(details).toMatchObject({ code: 'model_not_found', kind: 'not-found', status: 404 });
  expect(details.fix).toContain('claude-haiku-5');
  expect(details.fix).not.toContain('gemini-3');
});

test('where providers are known by patterns alone, the refusal names the patterns', () => {
  const details = refusal(() => planRoutes(ask({ model: 'gpt-9' }), tables([provider('a', { models: ['claude-*'] })], [price('*')])));
  expect(details.fix).toContain('Ask for one of: claude-*');
});

test('a model without a price is refused with how to set one', () => {
  const details = refusal(() => planRoutes(ask(), tables([provider('a')], [])));
  expect(details).toMatchObject({ code: 'no_price', isRetryable: false });
  expect(details.fix).toContain('lurus price set claude-sonnet-5');
});

test('what is not charged needs no price', () => {
  expect(planRoutes(ask({ isCharged: false }), tables([provider('a')], [])).price).toBeUndefined();
});

test('a key is held to its models', () => {
  const all = tables([provider('a')], [price('*')]);
  const details = refusal(() => planRoutes(ask({ allowedModels: ['claude-haiku-*'] }), all));
  expect(details).toMatchObject({ code: 'model_not_allowed', status: 403 });
  expect(details.fix).toContain('claude-haiku-*');
  expect(planRoutes(ask({ allowedModels: ['claude-*'] }), all).routes).toHaveLength(1);
});

test('a tenant sees neither the providers nor the prices of another', () => {
  const other = unchecked<TenantId>('other');
  const all = tables([provider('a', { tenantId: other })], [price('*', { tenantId: other })]);
  expect(refusal(() => planRoutes(ask(), all)).code).toBe('model_not_found');
});

test('the list of models has what can be asked for by name', () => {
  const all = tables(
    [
      provider('a', { models: ['claude-*'], modelMapping: [{ pattern: 'claude-mapped', target: 'x' }] }),
      provider('b', { dialect: 'openai-chat', models: ['gpt-5', 'gpt-unpriced'] }),
    ],
    [price('claude-*'), price('claude-priced'), price('gpt-5')],
  );
  const list = (over: object) => knownModels({ tenantId: main, allowedModels: [], dialects: ['anthropic'], ...over }, all);
  expect(list({})).toEqual(['claude-mapped', 'claude-priced']);
  expect(list({ dialects: ['openai-chat', 'openai-responses'] })).toEqual(['gpt-5']);
  expect(list({ allowedModels: ['*-mapped'] })).toEqual(['claude-mapped']);
});
