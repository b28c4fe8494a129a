/** What the provider service refuses before it looks at anything: no stream and no view is needed for that. */
import { createIdSource } from '@lurus/base/ids';
import { systemClock } from '@lurus/base/clock';
import { createTurns } from '@lurus/service/command';
import type { HttpService } from '@lurus/service/http-service';
import { createLogger } from '@lurus/service/logger';
import { createMetrics } from '@lurus/service/metrics';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createProviderService } from './provider-service.ts';

const TOKEN = 'a-token-for-tests-only';
const authorization = `Bearer ${TOKEN}`;
let service: HttpService;

const untouched = (what: string) => (): never => {
  throw new Error(`${what} was used although the input had to be refused`);
};

beforeAll(async () => {
  service = await createProviderService({
    service: {
      connection: { journal: { append: untouched('the journal'), inFlight: () => 0 }, eventAt: untouched('the stream') },
      views: { query: untouched('the view') },
      routes: { get: untouched('ROUTES') },
      prices: { get: untouched('PRICES') },
      ids: createIdSource(systemClock),
      clock: systemClock,
      source: 'provider-test',
      masterKey: 'a-master-key-for-tests-only',
      inTurn: createTurns(),
    },
    adminToken: TOKEN,
    logger: createLogger({ name: 'provider', instance: 'test', level: 'error', output: { write: () => undefined } }),
    metrics: createMetrics({ process: 'provider', instance: 'test' }),
    checks: {},
  });
});
afterAll(() => service.close());

const send = (method: 'POST' | 'PUT' | 'GET' | 'DELETE', url: string, payload?: object) =>
  service.app.inject({ method, url, headers: { authorization }, ...(payload === undefined ? {} : { payload }) });

const provider = { name: 'acme', dialect: 'openai-chat', base_url: 'https://llm.example', models: ['*'] };

test('every fault of a provider is listed', async () => {
  const payload = {
    name: 'a/b',
    dialect: 'claude',
    base_url: 'llm.example',
    credential: 'two words',
    auth_style: 'basic',
    models: [],
    model_mapping: { 'a b': 'c' },
    priority: -1,
    weight: 0,
    sealed_credential: 'v1.x.y',
  };
  const answer = await send('POST', '/v1/providers', payload);
  expect(answer.statusCode).toBe(400);
  expect(answer.json().faults.map((fault: { path: string }) => fault.path)).toEqual([
    'body.name',
    'body.dialect',
    'body.base_url',
    'body.credential',
    'body.auth_style',
    'body.models',
    'body.model_mapping.a b',
    'body.priority',
    'body.weight',
    'body.sealed_credential',
  ]);
});

test('an unknown dialect is answered with the four that exist', async () => {
  expect((await send('POST', '/v1/providers', { ...provider, dialect: 'claude' })).json().faults).toEqual([
    { path: 'body.dialect', message: 'must be "anthropic" or "openai-chat" or "openai-responses" or "gemini"' },
  ]);
});

test.each([
  ['ftp://llm.example', 'must begin with http:// or https://, not ftp://'],
  ['file:///etc/passwd', 'must begin with http:// or https://, not file://'],
  ['https://user:secret@llm.example', 'must not hold a user or password; give them as "credential"'],
  ['https://llm.example/v1?key=x', 'must end with its path: the query comes from each request'],
  ['https://llm.example/#x', 'must end with its path: the query comes from each request'],
  ['https://', 'must be a URL like https://api.example.com, "https://" is none'],
])('the base URL %s is refused', async (baseUrl, message) => {
  expect((await send('POST', '/v1/providers', { ...provider, base_url: baseUrl })).json().faults).toEqual([
    { path: 'body.base_url', message },
  ]);
});

test.each(['line\nbreak', 'tab\tinside', 'snow☃man', ''])(
  'the credential %j could not stand in a header and is refused',
  async (credential) => {
    const answer = await send('POST', '/v1/providers', { ...provider, credential });
    expect(answer.json().faults).toEqual([
      { path: 'body.credential', message: 'must be 1 to 1000 printable ASCII characters without spaces' },
    ]);
  },
);

test('an auth style and a credential that do not go together are refused with what to do', async () => {
  const missing = await send('POST', '/v1/providers', { ...provider, auth_style: 'bearer' });
  expect([missing.statusCode, missing.json().code]).toEqual([400, 'credential_missing']);
  const unused = await send('POST', '/v1/providers', { ...provider, auth_style: 'none', credential: 'abc' });
  expect([unused.statusCode, unused.json().code]).toEqual([400, 'credential_unused']);
});

test('a provider is not renamed by a change', async () => {
  const answer = await send('PUT', '/v1/providers/acme', { ...provider, name: 'other' });
  expect(answer.statusCode).toBe(400);
  expect(answer.json().faults[0].path).toBe('body.name');
});

test('every fault of a price is listed, tier by tier', async () => {
  const tier = { prompt_tokens: 200_000, input_usd: '6', output_usd: '22.5' };
  const payload = {
    model: 'has space',
    input_usd: 3,
    output_usd: '-15',
    cache_read_usd: '0.0000001',
    tiers: [tier, { ...tier, prompt_tokens: 0, input_usd: undefined }],
    currency: 'EUR',
  };
  expect((await send('PUT', '/v1/prices', payload)).json().faults).toEqual([
    { path: 'body.model', message: 'must be 1 to 200 characters without spaces; "*" stands for any run of characters' },
    { path: 'body.input_usd', message: 'must be a decimal string like "3.75"; a JSON number can lose digits' },
    { path: 'body.output_usd', message: 'a rate cannot be negative, got -15000000 pico-dollars per token' },
    { path: 'body.cache_read_usd', message: '"0.0000001" has 7 decimal places, at most 6 are possible' },
    { path: 'body.tiers[1].prompt_tokens', message: 'must be at least 1' },
    { path: 'body.tiers[1].input_usd', message: 'is required' },
    { path: 'body.currency', message: 'is no field that is known here' },
  ]);
});

test('two tiers may not begin at the same prompt', async () => {
  const tier = { prompt_tokens: 200_000, input_usd: '6', output_usd: '22.5' };
  const answer = await send('PUT', '/v1/prices', { model: 'm', input_usd: '3', output_usd: '15', tiers: [tier, tier] });
  expect(answer.json().faults).toEqual([{ path: 'body.tiers[1]', message: 'begins where tiers[0] begins' }]);
});

test('a price has both rates unless the model is free, and a free model has none', async () => {
  expect((await send('PUT', '/v1/prices', { model: 'm', input_usd: '3' })).json().faults).toEqual([
    { path: 'body.output_usd', message: 'is required unless the model is free ("is_free": true)' },
  ]);
  expect((await send('PUT', '/v1/prices', { model: 'm', is_free: true, input_usd: '3', reasoning_usd: '1' })).json().faults).toEqual([
    { path: 'body.input_usd', message: 'must be 0 or absent, since the model is free' },
    { path: 'body.reasoning_usd', message: 'must be 0 or absent, since the model is free' },
  ]);
});

test('every route but those of operation needs the token, before its input is looked at', async () => {
  for (const { method, pattern } of service.routeEntries()) {
    const url = pattern.replaceAll(/:\w+/g, 'x');
    const answer = await service.app.inject({ method: method as 'GET', url }); // Methods of our own routes.
    expect([pattern, answer.statusCode]).toEqual([pattern, pattern.startsWith('/v1/') ? 401 : 200]);
  }
});

test('the OpenAPI document lists every route', async () => {
  const document = (await service.app.inject('/openapi.json')).json();
  const listed = Object.entries<Record<string, unknown>>(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
  );
  const served = service.routeEntries().map(({ method, pattern }) => `${method} ${pattern}`);
  expect(listed.sort()).toEqual(served.sort());
  expect(served).toContain('PUT /v1/prices');
});
