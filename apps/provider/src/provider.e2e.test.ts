/** The provider service among everything else. The credential is a canary: it is looked for everywhere it must not be. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unseal } from '@lurus/base/seal';
import { openPostgres } from '@lurus/projection/postgres/open-postgres';
import { useSystem } from '@lurus/testkit/use-system';
import { expect, test } from 'vitest';
import { z } from 'zod';

const system = useSystem();
const CANARY = 'sk-canary-do-not-print-4711';

const Answer = z.looseObject({
  code: z.string().optional(),
  fix: z.string().optional(),
  provider_id: z.string().optional(),
  price_version: z.string().optional(),
  event: z.object({ id: z.string(), stream: z.string(), sequence: z.number() }).optional(),
});

interface Call {
  readonly body?: object;
  readonly idempotencyKey?: string;
}

const texts: string[] = [];

async function call(method: string, path: string, { body, idempotencyKey }: Call = {}) {
  const response = await fetch(`${system.ready().provider}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${system.ready().admin_token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  texts.push(text);
  return { status: response.status, text, answer: Answer.parse(JSON.parse(text)) };
}

const acme = { name: 'acme', dialect: 'openai-chat', base_url: 'https://llm.example/v1/', models: ['gpt-*'], credential: CANARY };

test('a provider is registered with what its dialect’s vendor wants', async () => {
  const registered = await call('POST', '/v1/providers', { body: acme });
  expect(registered.status).toBe(201);
  expect(registered.answer).toMatchObject({
    is_applied: true,
    base_url: 'https://llm.example/v1',
    auth_style: 'bearer',
    has_credential: true,
    priority: 100,
    weight: 1,
  });
  expect(registered.answer.event?.stream).toBe('PROVIDER_EVENTS');
});

test.each([
  ['anthropic', 'x-api-key'],
  ['openai-responses', 'bearer'],
  ['gemini', 'x-goog-api-key'],
])('a credential for %s is sent as %s unless said otherwise', async (dialect, authStyle) => {
  const { answer } = await call('POST', '/v1/providers', { body: { ...acme, name: `styled-${dialect}`, dialect } });
  expect(answer).toMatchObject({ auth_style: authStyle });
});

test('a provider without a credential is asked without one', async () => {
  const { answer } = await call('POST', '/v1/providers', { body: { ...acme, name: 'open', credential: undefined } });
  expect(answer).toMatchObject({ auth_style: 'none', has_credential: false });
});

test('a name is taken once, also by commands at the same moment, and free again after removal', async () => {
  const body = { ...acme, name: 'busy' };
  const all = await Promise.all(Array.from({ length: 10 }, () => call('POST', '/v1/providers', { body })));
  expect(all.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(all.filter(({ answer }) => answer.code === 'provider_exists')).toHaveLength(9);
  expect((await call('DELETE', '/v1/providers/busy')).status).toBe(200);
  expect((await call('GET', '/v1/providers/busy')).answer.code).toBe('provider_unknown');
  expect((await call('POST', '/v1/providers', { body })).status).toBe(201);
  const elsewhere = await call('POST', '/v1/providers', { body: { ...body, tenant: 'other' } });
  expect(elsewhere.status).toBe(201);
});

test('a change keeps what it does not name, the credential too, and a new credential replaces the old one', async () => {
  const registered = await call('POST', '/v1/providers', { body: { ...acme, name: 'kept', model_mapping: { 'gpt-*': 'vendor/gpt-*' } } });
  const changed = await call('PUT', '/v1/providers/kept', { body: { priority: 7 } });
  expect(changed.answer).toMatchObject({
    priority: 7,
    has_credential: true,
    models: ['gpt-*'],
    model_mapping: { 'gpt-*': 'vendor/gpt-*' },
  });
  const opened = await credentialOf(registered.answer.provider_id ?? '');
  expect(opened).toBe(CANARY);
  await call('PUT', '/v1/providers/kept', { body: { credential: `${CANARY}-2` } });
  expect(await credentialOf(registered.answer.provider_id ?? '')).toBe(`${CANARY}-2`);
  const forgotten = await call('PUT', '/v1/providers/kept', { body: { credential: null } });
  expect(forgotten.answer).toMatchObject({ has_credential: false, auth_style: 'none' });
});

/** Opens the sealed credential that the view holds, with the system's own master key. */
async function credentialOf(providerId: string): Promise<string> {
  const secrets = z.looseObject({ master_key: z.string() }).parse(JSON.parse(readFileSync(join(system.home(), 'secrets.json'), 'utf8')));
  const views = openPostgres(system.ready().postgres);
  try {
    const { rows } = await views.query<{ sealed_credential: string }>('select sealed_credential from providers where provider_id = $1', [
      providerId,
    ]);
    return unseal({ sealed: rows[0]?.sealed_credential ?? '', owner: providerId, masterKey: secrets.master_key });
  } finally {
    await views.close();
  }
}

test('a repeat under one Idempotency-Key has no second effect, another body under it is refused', async () => {
  const body = { ...acme, name: 'once' };
  const first = await call('POST', '/v1/providers', { body, idempotencyKey: 'register-once' });
  const again = await call('POST', '/v1/providers', { body, idempotencyKey: 'register-once' });
  expect([again.status, again.answer.event]).toEqual([201, first.answer.event]);
  for (const other of [
    { ...body, priority: 3 },
    { ...body, credential: `${CANARY}-other` },
  ]) {
    const refused = await call('POST', '/v1/providers', { body: other, idempotencyKey: 'register-once' });
    expect([refused.status, refused.answer.code]).toEqual([409, 'idempotency_key_reused']);
  }
  const removed = await call('DELETE', '/v1/providers/once', { idempotencyKey: 'remove-once' });
  expect((await call('DELETE', '/v1/providers/once', { idempotencyKey: 'remove-once' })).answer.event).toEqual(removed.answer.event);
});

test('an unknown provider is a 404 that names those which exist', async () => {
  const { status, answer } = await call('PUT', '/v1/providers/nobody', { body: { priority: 1 } });
  expect([status, answer.code]).toEqual([404, 'provider_unknown']);
  expect(answer.fix).toContain('"acme"');
});

const PriceList = z.object({ prices: z.array(z.looseObject({ price_version: z.string(), superseded_at: z.string().nullable() })) });
const pricesOf = async (model: string, query = '') =>
  PriceList.parse(JSON.parse((await call('GET', `/v1/prices?model=${encodeURIComponent(model)}${query}`)).text)).prices;

test('every publication is a version; the last one is in force, and the version is the event', async () => {
  const first = await call('PUT', '/v1/prices', { body: { model: 'claude-*', input_usd: '3', output_usd: '15' } });
  const tiers = [{ prompt_tokens: 200_000, input_usd: '6', output_usd: '22.5' }];
  const second = await call('PUT', '/v1/prices', {
    body: { model: 'claude-*', input_usd: '3', output_usd: '15', cache_read_usd: '0.003625', tiers },
  });
  expect(second.answer.price_version).toBe(second.answer.event?.id);
  expect(await pricesOf('claude-*')).toMatchObject([
    {
      price_version: second.answer.price_version,
      cache_read_usd: '0.003625',
      reasoning_usd: null,
      tiers: [{ prompt_tokens: 200_000, is_inclusive: false }],
    },
  ]);
  const all = await pricesOf('claude-*', '&all=true');
  expect(all.map((price) => price.price_version)).toEqual([first.answer.price_version, second.answer.price_version]);
  expect(all.map((price) => price.superseded_at === null)).toEqual([false, true]);
});

test('a price repeated under one Idempotency-Key is one version', async () => {
  const body = { model: 'once-*', input_usd: '1', output_usd: '2' };
  const first = await call('PUT', '/v1/prices', { body, idempotencyKey: 'price-once' });
  const again = await call('PUT', '/v1/prices', { body, idempotencyKey: 'price-once' });
  expect(again.text).toBe(first.text);
  const other = await call('PUT', '/v1/prices', { body: { ...body, input_usd: '1.5' }, idempotencyKey: 'price-once' });
  expect([other.status, other.answer.code]).toEqual([409, 'idempotency_key_reused']);
  expect(await pricesOf('once-*', '&all=true')).toHaveLength(1);
});

test('a withdrawn price is in force no longer and cannot be withdrawn again', async () => {
  await call('PUT', '/v1/prices', { body: { model: 'gone', is_free: true } });
  const withdrawn = await call('DELETE', '/v1/prices?model=gone', { idempotencyKey: 'withdraw-gone' });
  expect(withdrawn.status).toBe(200);
  expect(await pricesOf('gone')).toEqual([]);
  expect((await call('DELETE', '/v1/prices?model=gone', { idempotencyKey: 'withdraw-gone' })).answer.event).toEqual(withdrawn.answer.event);
  const again = await call('DELETE', '/v1/prices?model=gone');
  expect([again.status, again.answer.code]).toEqual([404, 'price_unknown']);
});

test('the credential stood in no answer and stands in no log', () => {
  expect(texts.length).toBeGreaterThan(20);
  expect(texts.filter((text) => text.includes(CANARY) || text.includes('v1.'))).toEqual([]);
  for (const name of ['provider', 'gateway', 'projector', 'billing']) {
    expect(readFileSync(join(system.home(), 'logs', `${name}.log`), 'utf8')).not.toContain(CANARY);
  }
});
