import { connect } from 'node:net';
import { defineProblem } from '@lurus/base/problem';
import { afterEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { type HttpService, type HttpServiceOptions, createHttpService } from './http-service.ts';
import { createLogger } from './logger.ts';
import { createMetrics } from './metrics.ts';

const TOKEN = 'a-token-for-tests-only';
const authorization = `Bearer ${TOKEN}`;
const teapot = defineProblem<{ readonly pot: string }>({
  code: 'teapot',
  kind: 'conflict',
  status: 409,
  isRetryable: true,
  says: ({ pot }) => `${pot} is short and stout.`,
  fix: () => 'Tip it over.',
});

const opened: HttpService[] = [];
afterEach(async () => {
  for (const service of opened.splice(0)) await service.close();
});

function quiet() {
  const lines: string[] = [];
  const logger = createLogger({ name: 'test', instance: '1', level: 'debug', output: { write: (line) => void lines.push(line) } });
  return { logger, lines };
}

async function serve(overrides: Partial<HttpServiceOptions> = {}): Promise<HttpService> {
  const service = await createHttpService({
    name: 'test',
    says: 'A service for tests.',
    logger: quiet().logger,
    metrics: createMetrics({ process: 'test', instance: '1' }),
    adminToken: TOKEN,
    checks: {},
    routes: (app) => {
      app.post(
        '/v1/pots/:pot',
        {
          schema: {
            summary: 'Fills a pot.',
            params: z.object({ pot: z.string().max(5, 'must be at most 5 characters') }),
            querystring: z.strictObject({ times: z.coerce.number().int().max(3, 'must be at most 3').default(1) }),
            headers: z.looseObject({ 'x-kettle': z.string().max(3, 'must be at most 3 characters').optional() }),
            body: z.strictObject({ tea: z.enum(['green', 'black']), leaves: z.array(z.strictObject({ grams: z.number() })).optional() }),
            response: { 200: z.object({ pot: z.string(), times: z.number() }) },
          },
        },
        (request) => {
          if (request.params.pot === 'stout') throw teapot({ pot: 'stout' }, { retryAfterSeconds: 7 });
          if (request.params.pot === 'hole') throw new Error('the secret reason');
          return { pot: request.params.pot, times: request.query.times };
        },
      );
    },
    ...overrides,
  });
  opened.push(service);
  return service;
}

const fill = (service: HttpService, pot: string, options: object = {}) =>
  service.app.inject({ method: 'POST', url: `/v1/pots/${pot}`, headers: { authorization }, payload: { tea: 'green' }, ...options });

test('a well-formed request with the token is answered', async () => {
  const answer = await fill(await serve(), 'tall?times=2');
  expect(answer.statusCode).toBe(200);
  expect(answer.json()).toEqual({ pot: 'tall', times: 2 });
  expect(answer.headers['cache-control']).toBe('no-store');
  expect(answer.headers['x-request-id']).toMatch(/^[0-9A-Z]{26}$/);
});

test('every fault of path, query, headers and body is listed at once, each with its path', async () => {
  const headers = { authorization, 'x-kettle': 'copper' };
  const payload = { tea: 'red', leaves: [{ grams: 'x' }, { grams: 1, dust: true }], milk: 1 };
  const answer = await fill(await serve(), 'enormous?times=9&sugar=2', { payload, headers });
  expect(answer.statusCode).toBe(400);
  expect(answer.headers['content-type']).toContain('application/problem+json');
  expect(answer.json()).toMatchObject({ code: 'input_refused', status: 400, title: 'Invalid request', is_retryable: false });
  expect(answer.json().faults).toEqual([
    { path: 'path.pot', message: 'must be at most 5 characters' },
    { path: 'query.times', message: 'must be at most 3' },
    { path: 'query.sugar', message: 'is no field that is known here' },
    { path: 'headers.x-kettle', message: 'must be at most 3 characters' },
    { path: 'body.tea', message: 'must be "green" or "black"' },
    { path: 'body.leaves[0].grams', message: 'must be a number' },
    { path: 'body.leaves[1].dust', message: 'is no field that is known here' },
    { path: 'body.milk', message: 'is no field that is known here' },
  ]);
});

test('a missing body and a missing field are called required', async () => {
  const service = await serve();
  const noBody = await fill(service, 'tall', { payload: undefined });
  expect(noBody.json().faults).toEqual([{ path: 'body', message: 'is required' }]);
  const noField = await fill(service, 'tall', { payload: {} });
  expect(noField.json().faults).toEqual([{ path: 'body.tea', message: 'is required' }]);
});

test.each([
  ['no token', undefined, 'This operation needs the admin token.'],
  ['a wrong token', 'Bearer something-else-entirely', 'The admin token is not the one of this system.'],
  ['a prefix of the token', `Bearer ${TOKEN.slice(0, -1)}`, 'The admin token is not the one of this system.'],
  ['another scheme', `Basic ${TOKEN}`, 'This operation needs the admin token.'],
])('%s is refused before the input is looked at', async (_name, given, detail) => {
  const headers = given === undefined ? {} : { authorization: given };
  const answer = await fill(await serve(), 'enormous', { headers, payload: { wrong: true } });
  expect(answer.statusCode).toBe(401);
  expect(answer.json()).toMatchObject({ code: 'admin_token_refused', detail });
  expect(answer.json().faults).toBeUndefined();
  expect(answer.headers['www-authenticate']).toContain('Bearer');
});

test('a problem keeps its code, status, remedy and retry hint', async () => {
  const answer = await fill(await serve(), 'stout');
  expect(answer.statusCode).toBe(409);
  expect(answer.headers['retry-after']).toBe('7');
  expect(answer.json()).toMatchObject({
    code: 'teapot',
    detail: 'stout is short and stout.',
    fix: 'Tip it over.',
    is_retryable: true,
    retry_after_seconds: 7,
  });
});

test('a fault of ours is a 500 that tells nothing to the caller and everything to the log', async () => {
  const { logger, lines } = quiet();
  const answer = await fill(await serve({ logger }), 'hole');
  expect(answer.statusCode).toBe(500);
  expect(answer.body).not.toContain('secret reason');
  const logged = lines.find((line) => line.includes('the secret reason'));
  expect(logged).toContain(answer.json().request_id);
});

test('an unknown path is a 404, a known one with another method a 405 that names what is allowed', async () => {
  const service = await serve();
  const unknown = await service.app.inject({ method: 'GET', url: '/v1/cups?x=1' });
  expect([unknown.statusCode, unknown.json().code]).toEqual([404, 'path_unknown']);
  const wrongMethod = await service.app.inject({ method: 'DELETE', url: '/v1/pots/tall' });
  expect([wrongMethod.statusCode, wrongMethod.json().code, wrongMethod.headers.allow]).toEqual([405, 'method_not_allowed', 'POST']);
});

test.each([
  ['broken JSON', { payload: '{"tea":', headers: { authorization, 'content-type': 'application/json' } }, 400, 'body_not_json'],
  [
    'a prototype name',
    { payload: '{"__proto__":{}}', headers: { authorization, 'content-type': 'application/json' } },
    400,
    'body_not_json',
  ],
  [
    'a form',
    { payload: 'tea=green', headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' } },
    415,
    'media_type_unknown',
  ],
  ['plain text', { payload: 'green', headers: { authorization, 'content-type': 'text/plain' } }, 415, 'media_type_unknown'],
  ['a body of 2 MB', { payload: { tea: 'x'.repeat(2_000_000) } }, 413, 'body_too_large'],
])('%s is refused with a problem of its own', async (_name, options, status, code) => {
  const answer = await fill(await serve(), 'tall', options);
  expect([answer.statusCode, answer.json().code]).toEqual([status, code]);
});

test('an answer that does not fit its own schema is a fault of ours, never sent', async () => {
  const service = await serve({
    routes: (app) =>
      void app.get('/v1/leak', { schema: { summary: 'Leaks.', response: { 200: z.object({ id: z.string().max(2) }) } } }, () => ({
        id: 'far too long',
      })),
  });
  const answer = await service.app.inject({ url: '/v1/leak', headers: { authorization } });
  expect(answer.statusCode).toBe(500);
  expect(answer.body).not.toContain('far too long');
});

test('fields that the answer schema does not have are left out', async () => {
  const service = await serve({
    routes: (app) =>
      void app.get('/v1/user', { schema: { summary: 'Reads.', response: { 200: z.object({ id: z.string() }) } } }, () => {
        const row = { id: 'a', credential: 'hidden' };
        return row;
      }),
  });
  const answer = await service.app.inject({ url: '/v1/user', headers: { authorization } });
  expect(answer.json()).toEqual({ id: 'a' });
});

test('the OpenAPI document lists every route, with the token where it is needed', async () => {
  const service = await serve();
  const document = (await service.app.inject('/openapi.json')).json();
  expect(document.openapi).toBe('3.1.0');
  const listed = Object.entries<Record<string, unknown>>(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
  );
  expect(listed.sort()).toEqual(
    service
      .routeEntries()
      .map(({ method, pattern }) => `${method} ${pattern}`)
      .sort(),
  );
  expect(document.paths['/v1/pots/{pot}'].post.security).toEqual([{ admin: [] }]);
  expect(document.paths['/healthz'].get.security).toEqual([]);
  expect(Object.keys(document.paths['/v1/pots/{pot}'].post.responses.default.content)).toEqual(['application/problem+json']);
});

test('a route without a schema stops the start', async () => {
  await expect(serve({ routes: (app) => void app.get('/v1/bare', () => 'x') })).rejects.toThrow('GET /v1/bare has a schema');
});

test('a route that needs the token stops the start of a process that has none', async () => {
  await expect(serve({ adminToken: undefined })).rejects.toThrow('needs the admin token');
});

test('readiness names the check that fails, and waits for none of them longer than its limit', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const checks = {
      nats: () => undefined,
      postgres: () => Promise.reject(new Error('connection refused')),
      clickhouse: () => new Promise<void>(() => undefined),
    };
    const service = await serve({ checks });
    const pending = service.app.inject('/readyz');
    await vi.advanceTimersByTimeAsync(1_100);
    const answer = await pending;
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toEqual({
      status: 'not ready',
      checks: {
        nats: { is_ok: true },
        postgres: { is_ok: false, error: 'connection refused' },
        clickhouse: { is_ok: false, error: 'no answer within 1000 ms' },
      },
    });
  } finally {
    vi.useRealTimers();
  }
});

test('health, readiness and metrics need no token; metrics count requests by pattern', async () => {
  const service = await serve();
  await fill(service, 'tall');
  expect((await service.app.inject('/healthz')).json()).toEqual({ status: 'ok', process: 'test' });
  expect((await service.app.inject('/readyz')).statusCode).toBe(200);
  const metrics = await service.app.inject('/metrics');
  expect(metrics.headers['content-type']).toContain('text/plain');
  expect(metrics.body).toMatch(/switch_http_requests_total\{[^}]*route="\/v1\/pots\/:pot"[^}]*\} 1/);
  expect(metrics.body).toContain('process_cpu_seconds_total');
  expect(metrics.body).not.toContain('/v1/pots/tall');
});

test('browsers of other origins get no permission unless an origin was named', async () => {
  const origin = 'https://portal.example';
  const closed = await (await serve()).app.inject({ url: '/healthz', headers: { origin } });
  expect(closed.headers['access-control-allow-origin']).toBeUndefined();
  const open = await (await serve({ corsOrigins: [origin] })).app.inject({ url: '/healthz', headers: { origin } });
  expect(open.headers['access-control-allow-origin']).toBe(origin);
});

test('an empty body that calls itself JSON is no fault where no body is needed', async () => {
  const service = await serve({
    routes: (app) =>
      void app.delete('/v1/pot', { schema: { summary: 'Breaks.', response: { 200: z.object({ ok: z.boolean() }) } } }, () => ({
        ok: true,
      })),
  });
  const answer = await service.app.inject({
    method: 'DELETE',
    url: '/v1/pot',
    headers: { authorization, 'content-type': 'application/json' },
  });
  expect(answer.statusCode).toBe(200);
});

test('bytes that are no HTTP are answered with a problem and the socket is closed', async () => {
  const service = await serve();
  const url = new URL(await service.listen({ host: '127.0.0.1', port: 0 }));
  const received = await new Promise<string>((resolve, reject) => {
    let text = '';
    const socket = connect({ host: url.hostname, port: Number(url.port) }, () => socket.write('NONSENSE\r\n\r\n'));
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
  expect(received).toContain('HTTP/1.1 400 Bad Request');
  expect(received).toContain('"code":"http_malformed"');
});
