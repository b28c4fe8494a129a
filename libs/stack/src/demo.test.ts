/** Method: two services in memory that remember what they were told, as far as the demo data needs them. */
import { expect, test } from 'vitest';
import { seedDemo } from './demo.ts';
import { demoPrices } from './demo-prices.ts';
import type { CallService, ServiceRequest } from './service-call.ts';

interface Told {
  readonly request: ServiceRequest;
}

interface Provider {
  readonly name: string;
  readonly base_url: string;
}

function memory() {
  const told: Told[] = [];
  const providers: Provider[] = [];
  let hasUser = false;
  let keys = 0;
  let failAfter = Number.POSITIVE_INFINITY;
  const commands = (): string[] => told.map(({ request }) => `${request.method} ${request.path}`);
  const command = (request: ServiceRequest): void => {
    if (request.method === 'GET') return;
    if (told.length >= failAfter) throw new Error('the machine lost power');
    told.push({ request });
  };
  const billing: CallService = async (request) => {
    command(request);
    if (request.method === 'GET') return { status: hasUser ? 200 : 404, body: {} };
    if (request.path === '/v1/users') hasUser = true;
    if (request.path === '/v1/keys') keys += 1;
    return { status: 201, body: { key: `sk-lurus-${keys}` } };
  };
  const provider: CallService = async (request) => {
    command(request);
    if (request.method === 'GET') return { status: 200, body: { providers } };
    const body = request.body as Provider; // What the demo data says is what is under test.
    if (request.path.startsWith('/v1/providers')) {
      const at = providers.findIndex((known) => known.name === body.name);
      providers.splice(at < 0 ? providers.length : at, at < 0 ? 0 : 1, { name: body.name, base_url: body.base_url });
    }
    return { status: 200, body: {} };
  };
  const services = { billing, provider, simulatorUrl: 'http://127.0.0.1:18200' };
  const failAt = (count: number): void => {
    failAfter = count;
  };
  return { services, told, providers, commands, failAt };
}

test('a first start makes a provider a dialect, every price, a user with $100 and one key', async () => {
  const { services, told, providers } = memory();
  expect(await seedDemo(services, null)).toBe('sk-lurus-1');
  expect(providers.map(({ name }) => name)).toEqual([
    'simulator-anthropic',
    'simulator-openai-chat',
    'simulator-openai-responses',
    'simulator-gemini',
  ]);
  expect(told.filter(({ request }) => request.path === '/v1/prices')).toHaveLength(demoPrices.length);
  const credit = told.find(({ request }) => request.path === '/v1/credits');
  expect(credit?.request.body).toMatchObject({ user: 'demo', tenant: 'demo', amount_usd: '100' });
});

test('a later start changes nothing and gives the same key', async () => {
  const { services, commands } = memory();
  const key = await seedDemo(services, null);
  const before = commands().length;
  expect(await seedDemo(services, key)).toBe(key);
  expect(commands()).toHaveLength(before);
});

test('a first start that was cut short is completed, and repeats its commands under the same names', async () => {
  const { services, told, failAt } = memory();
  failAt(5);
  await expect(seedDemo(services, null)).rejects.toThrow('lost power');
  failAt(Number.POSITIVE_INFINITY);
  expect(await seedDemo(services, null)).toBe('sk-lurus-1');
  const credits = told.filter(({ request }) => request.path === '/v1/credits');
  expect(new Set(credits.map(({ request }) => request.idempotencyKey))).toEqual(new Set(['demo-credit']));
});

test('the providers follow a simulator that moved, and those that were removed stay removed', async () => {
  const { services, providers } = memory();
  const key = await seedDemo(services, null);
  providers.splice(1, 1);
  await seedDemo({ ...services, simulatorUrl: 'http://127.0.0.1:18300' }, key);
  expect(providers).toHaveLength(3);
  expect(providers.map(({ base_url }) => base_url)).toEqual(Array.from({ length: 3 }, () => 'http://127.0.0.1:18300'));
});

test('a home that kept its key and lost its data is filled again', async () => {
  const { services } = memory();
  expect(await seedDemo(services, 'sk-lurus-of-old')).toBe('sk-lurus-1');
});

test('every price has rates for input and output, and no pattern stands twice', () => {
  expect(new Set(demoPrices.map(({ model }) => model)).size).toBe(demoPrices.length);
  for (const price of demoPrices) expect([price.input_usd, price.output_usd].every((usd) => /^\d+(\.\d+)?$/.test(usd))).toBe(true);
});
