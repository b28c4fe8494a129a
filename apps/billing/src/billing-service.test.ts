/** What the billing service refuses before it looks at anything: no stream and no view is needed for that. */
import { createIdSource } from '@lurus/base/ids';
import { systemClock } from '@lurus/base/clock';
import { createTurns } from '@lurus/service/command';
import type { HttpService } from '@lurus/service/http-service';
import { createLogger } from '@lurus/service/logger';
import { createMetrics } from '@lurus/service/metrics';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createBillingService } from './billing-service.ts';

const TOKEN = 'a-token-for-tests-only';
const authorization = `Bearer ${TOKEN}`;
const lines: string[] = [];
let service: HttpService;

const untouched = (what: string) => (): never => {
  throw new Error(`${what} was used although the input had to be refused`);
};

beforeAll(async () => {
  service = await createBillingService({
    billing: {
      connection: { journal: { append: untouched('the journal'), inFlight: () => 0 }, eventAt: untouched('the stream') },
      views: { query: untouched('the view') },
      keys: { get: untouched('KEYS') },
      balances: { get: untouched('BALANCES') },
      ids: createIdSource(systemClock),
      clock: systemClock,
      source: 'billing-test',
      keyPepper: 'a-pepper-for-tests-only',
      inTurn: createTurns(),
    },
    adminToken: TOKEN,
    logger: createLogger({ name: 'billing', instance: 'test', level: 'debug', output: { write: (line) => void lines.push(line) } }),
    metrics: createMetrics({ process: 'billing', instance: 'test' }),
    checks: {},
  });
});
afterAll(() => service.close());

const send = (method: 'POST' | 'PATCH' | 'GET' | 'DELETE', url: string, payload?: object, headers: object = {}) =>
  service.app.inject({ method, url, headers: { authorization, ...headers }, ...(payload === undefined ? {} : { payload }) });

test('every fault of a credit is listed', async () => {
  const answer = await send('POST', '/v1/credits', { user: 'a b', tenant: 'Main', amount_usd: '-1', reason: 'x'.repeat(201), note: 1 });
  expect(answer.statusCode).toBe(400);
  expect(answer.json().faults.map((fault: { path: string }) => fault.path)).toEqual([
    'body.user',
    'body.tenant',
    'body.amount_usd',
    'body.reason',
    'body.note',
  ]);
});

test.each([
  [{ user: 'ada', amount_usd: 20 }, 'body.amount_usd', 'must be a decimal string like "20"; a JSON number can lose digits'],
  [{ user: 'ada', amount_usd: '0.0000000001' }, 'body.amount_usd', '"0.0000000001" has 10 decimal places, at most 9 are possible'],
  [{ user: 'ada', amount_usd: '1000000000.1' }, 'body.amount_usd', 'must be at most a billion dollars'],
  [{ amount_usd: '1' }, 'body.user', 'is required'],
])('the credit %j is refused at %s', async (payload, path, message) => {
  expect((await send('POST', '/v1/credits', payload)).json().faults).toEqual([{ path, message }]);
});

test('a correction says why, and is not zero', async () => {
  const answer = await send('POST', '/v1/adjustments', { user: 'ada', amount_usd: '0.00' });
  expect(answer.json().faults).toEqual([
    { path: 'body.amount_usd', message: 'must not be zero' },
    { path: 'body.reason', message: 'is required' },
  ]);
});

test('every fault of a key is listed', async () => {
  const payload = {
    user: 'ada',
    models: ['', 'x'.repeat(201)],
    requests_per_minute: 0,
    tokens_per_minute: 1.5,
    concurrent_requests: '3',
    expires_at: '2020-01-01T00:00:00Z',
    role: 'admin',
  };
  expect((await send('POST', '/v1/keys', payload)).json().faults).toEqual([
    { path: 'body.models[0]', message: 'cannot be empty' },
    { path: 'body.models[1]', message: 'must be at most 200 characters' },
    { path: 'body.requests_per_minute', message: 'must be at least 1' },
    { path: 'body.tokens_per_minute', message: 'must be a whole number' },
    { path: 'body.concurrent_requests', message: 'must be a number' },
    { path: 'body.expires_at', message: 'must lie in the future' },
    { path: 'body.role', message: 'is no field that is known here' },
  ]);
});

test('a change of limits names at least one', async () => {
  expect((await send('PATCH', '/v1/keys/Ab3dE6gH', {})).json().faults).toEqual([{ path: 'body', message: 'must name at least one limit' }]);
});

test.each([
  ['/v1/users?limit=0&after=x', ['query.limit', 'query.after']],
  ['/v1/users?limit=1001', ['query.limit']],
  ['/v1/wallets/%20', ['path.user']],
  ['/v1/wallets/ada/transactions?before=-1&page=2', ['query.before', 'query.page']],
  ['/v1/keys?tenant=..&user=', ['query.tenant', 'query.user']],
])('GET %s is refused with every fault', async (url, paths) => {
  const answer = await send('GET', url);
  expect(answer.statusCode).toBe(400);
  expect(answer.json().faults.map((fault: { path: string }) => fault.path)).toEqual(paths);
});

test('an Idempotency-Key with spaces or of 201 characters is refused', async () => {
  for (const key of ['a b', 'x'.repeat(201)]) {
    const answer = await send('POST', '/v1/users', { name: 'ada' }, { 'idempotency-key': key });
    expect(answer.json().faults).toEqual([
      { path: 'headers.idempotency-key', message: 'must be 1 to 200 printable ASCII characters without spaces' },
    ]);
  }
});

test('every route but those of operation needs the token, before its input is looked at', async () => {
  for (const { method, pattern } of service.routeEntries()) {
    const url = pattern.replaceAll(/:\w+/g, 'x');
    const answer = await service.app.inject({ method: method as 'GET', url }); // Methods of our own routes.
    expect([pattern, answer.statusCode]).toEqual([pattern, pattern.startsWith('/v1/') ? 401 : 200]);
  }
});

test('the OpenAPI document lists every route, and every reference in it resolves', async () => {
  const document = (await service.app.inject('/openapi.json')).json();
  const listed = Object.entries<Record<string, unknown>>(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
  );
  const served = service.routeEntries().map(({ method, pattern }) => `${method} ${pattern}`);
  expect(listed.sort()).toEqual(served.sort());
  expect(served).toContain('POST /v1/credits');
  expect(JSON.stringify(document)).not.toContain('$ref');
});

test('nothing that was refused was logged as a fault of ours', () => {
  expect(lines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
});
