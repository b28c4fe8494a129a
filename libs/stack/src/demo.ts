/**
 * Demo data: the tenant `demo` with the built-in simulator as its providers, prices, a user with money and an API key. A tenant of its own,
 * so that a real key never falls over to the simulator. All of it is made by the services' commands, under keys that make a repeat harmless,
 * and only once: what an operator changes or removes afterwards stays so.
 */
import { DIALECT_NAMES, type DialectName } from '@lurus/base/dialect-name';
import { z } from 'zod';
import { demoPrices } from './demo-prices.ts';
import type { CallService } from './service-call.ts';

const TENANT = 'demo';
const USER = 'demo';
const CREDIT_USD = '100';

/** What the demo data is made through: the services, and the address of the simulator that it names. */
export interface DemoServices {
  readonly billing: CallService;
  readonly provider: CallService;
  readonly simulatorUrl: string;
}

const KeySchema = z.object({ key: z.string() });
const ProvidersSchema = z.object({ providers: z.array(z.object({ name: z.string(), base_url: z.string() })) });

const providerName = (dialect: DialectName): string => `simulator-${dialect}`;

const providerBody = (dialect: DialectName, simulatorUrl: string) => ({
  name: providerName(dialect),
  tenant: TENANT,
  dialect,
  base_url: simulatorUrl,
  credential: 'simulated',
  models: ['*'],
  model_mapping: {},
});

/** Makes everything but the key. Each command may have been carried out by an earlier start that was cut short. */
async function seedFacts({ billing, provider, simulatorUrl }: DemoServices): Promise<void> {
  const body = { name: USER, tenant: TENANT };
  const user = await billing({ method: 'GET', path: `/v1/users/${USER}?tenant=${TENANT}` });
  if (user.status === 404) await billing({ method: 'POST', path: '/v1/users', body, idempotencyKey: 'demo-user' });
  const credit = { user: USER, tenant: TENANT, amount_usd: CREDIT_USD, reason: 'demo' };
  await billing({ method: 'POST', path: '/v1/credits', body: credit, idempotencyKey: 'demo-credit' });
  const existing = await listProviders(provider);
  for (const dialect of DIALECT_NAMES) {
    if (existing.some((known) => known.name === providerName(dialect))) continue;
    const idempotencyKey = `${providerName(dialect)}@${simulatorUrl}`;
    await provider({ method: 'POST', path: '/v1/providers', body: providerBody(dialect, simulatorUrl), idempotencyKey });
  }
  for (const price of demoPrices) {
    const idempotencyKey = `demo-price-${encodeURIComponent(price.model)}`;
    await provider({ method: 'PUT', path: '/v1/prices', body: { tenant: TENANT, ...price }, idempotencyKey });
  }
}

async function listProviders(provider: CallService): Promise<readonly { readonly name: string; readonly base_url: string }[]> {
  const answer = await provider({ method: 'GET', path: `/v1/providers?tenant=${TENANT}` });
  return ProvidersSchema.parse(answer.body).providers;
}

/** The simulator moves when LURUS_PORT_SHIFT changes between two starts; its providers follow. Removed ones stay removed. */
async function followSimulator({ provider, simulatorUrl }: DemoServices): Promise<void> {
  const existing = await listProviders(provider);
  for (const dialect of DIALECT_NAMES) {
    const known = existing.find((candidate) => candidate.name === providerName(dialect));
    if (!known || known.base_url === simulatorUrl) continue;
    const path = `/v1/providers/${providerName(dialect)}`;
    await provider({ method: 'PUT', path, body: providerBody(dialect, simulatorUrl) });
  }
}

async function issueKey(billing: CallService): Promise<string> {
  const body = { user: USER, tenant: TENANT, label: 'demo' };
  return KeySchema.parse((await billing({ method: 'POST', path: '/v1/keys', body })).body).key;
}

/** Whether the views know the demo user: a home folder may keep its secrets and lose its data. */
async function isSeeded(billing: CallService): Promise<boolean> {
  return (await billing({ method: 'GET', path: `/v1/users/${USER}?tenant=${TENANT}` })).status === 200;
}

/**
 * Makes the demo data where it is not there yet, and returns the demo user's API key: the one known already, or a new one to be kept, since
 * it can never be read again.
 */
export async function seedDemo(services: DemoServices, knownKey: string | null): Promise<string> {
  if (knownKey !== null && (await isSeeded(services.billing))) {
    await followSimulator(services);
    return knownKey;
  }
  await seedFacts(services);
  return issueKey(services.billing);
}
