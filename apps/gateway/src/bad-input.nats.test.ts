/**
 * Method: every way in which a request can be wrong, sent to each dialect's endpoint; each must come back in that dialect's own form with
 * what, why and how to fix it, and must leave nothing in the streams.
 */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { instantOf } from '@lurus/base/clock';
import { billingEvents } from '@lurus/streams/billing-events';
import { llmEvents } from '@lurus/streams/llm-events';
import { beforeAll, describe, expect, test } from 'vitest';
import { answerStream, requestBody, wholeStream } from './anthropic.fixture.ts';
import { type Answer, type Sent, useGateway } from './gateway.fixture.ts';

const gateway = useGateway({
  LURUS_BODY_BYTES_MAX: '200000',
  LURUS_HEADERS_TIMEOUT_MS: '400',
  LURUS_REQUEST_TIMEOUT_MS: '800',
  LURUS_HEARTBEAT_AGE_MAX_MS: '1000',
});
const { views, provider } = gateway;
let key = '';

beforeAll(async () => {
  await views.provider(provider.url);
  await views.provider(provider.url, { dialect: 'openai-chat' });
  await views.provider(provider.url, { dialect: 'openai-responses' });
  await views.provider(provider.url, { dialect: 'gemini', models: ['gemini-*'] });
  await views.price('claude-*');
  await views.price('gpt-*');
  await views.price('gemini-*');
  key = (await views.key()).secret;
  provider.script = answerStream();
});

const dialects = [
  {
    dialect: 'anthropic',
    path: '/v1/messages',
    body: (model: string) => JSON.stringify({ model, max_tokens: 16, messages: [{ role: 'user', content: 'hi' }] }),
    known: 'claude-1',
    errorOf: (json: { error?: { message?: string } }) => json.error?.message,
  },
  {
    dialect: 'openai-chat',
    path: '/v1/chat/completions',
    body: (model: string) => JSON.stringify({ model, messages: [{ role: 'user', content: 'hi' }] }),
    known: 'gpt-1',
    errorOf: (json: { error?: { message?: string } }) => json.error?.message,
  },
  {
    dialect: 'openai-responses',
    path: '/v1/responses',
    body: (model: string) => JSON.stringify({ model, input: 'hi' }),
    known: 'gpt-1',
    errorOf: (json: { error?: { message?: string } }) => json.error?.message,
  },
  {
    dialect: 'gemini',
    path: '/v1beta/models/MODEL:generateContent',
    body: () => JSON.stringify({ contents: [{ role: 'user', parts: [{ text: 'hi' }] }] }),
    known: 'gemini-1',
    errorOf: (json: { error?: { message?: string } }) => json.error?.message,
  },
] as const;

async function lengths(): Promise<number[]> {
  const connection = gateway.running().gateway;
  await sleep(20);
  expect(connection.outbox.waiting).toBe(0);
  return Promise.all([billingEvents, llmEvents].map((stream) => gateway.lastSequence(stream)));
}

describe.each(dialects)('$dialect', ({ path, body, known, errorOf }) => {
  const send = (model: string, sent: Partial<Sent> & { readonly key?: string } = {}): Promise<Answer> =>
    gateway.send({ key, path: path.replace('MODEL', model), body: body(model), ...sent });

  async function expectRefused(
    sending: () => Promise<Answer>,
    expected: { readonly status: number; readonly says: RegExp },
  ): Promise<Answer> {
    const before = await lengths();
    provider.seen.length = 0;
    const answer = await sending();
    expect({ status: answer.status, text: answer.text }).toMatchObject({ status: expected.status });
    expect(errorOf(JSON.parse(answer.text) as object)).toMatch(expected.says);
    expect(answer.headers['x-lurus-request-id']).toMatch(/^[0-9A-Z]{26}$/);
    expect(answer.headers['access-control-allow-origin']).toBe('*');
    expect(provider.seen).toHaveLength(0);
    expect(await lengths()).toEqual(before);
    return answer;
  }

  test('no key', async () => {
    const answer = await expectRefused(() => gateway.send({ path: path.replace('MODEL', known), body: body(known) }), {
      status: 401,
      says: /carries no API key.*sk-lurus-/s,
    });
    expect(answer.headers['x-should-retry']).toBe('false');
  });

  test('an unknown key', () =>
    expectRefused(() => send(known, { key: 'sk-lurus-wrong' }), { status: 401, says: /not one of this gateway.*lurus key create/s }));

  test('a revoked key', async () => {
    const { secret, caller } = await views.key();
    await views.putKey({ ...caller, isRevoked: true });
    await sleep(40);
    await expectRefused(() => send(known, { key: secret }), { status: 401, says: /was revoked/ });
  });

  test('an expired key', async () => {
    const { secret } = await views.key({ expiresAt: instantOf(0) });
    await expectRefused(() => send(known, { key: secret }), { status: 401, says: /expired at 1970/ });
  });

  test('broken JSON', () => expectRefused(() => send(known, { body: '{"model": "x", ' }), { status: 400, says: /JSON/ }));

  test('a body past the limit', () =>
    expectRefused(() => send(known, { body: `{"x":"${'a'.repeat(300_000)}"}` }), {
      status: 413,
      says: /200000 bytes.*LURUS_BODY_BYTES_MAX/s,
    }));

  test('broken zstd', () =>
    expectRefused(() => send(known, { body: 'no zstd at all', headers: { 'content-encoding': 'zstd' } }), {
      status: 400,
      says: /does not decompress as zstd/,
    }));

  test('exploding zstd', () =>
    expectRefused(() => send(known, { body: zstdCompressSync(Buffer.alloc(50_000_000)), headers: { 'content-encoding': 'zstd' } }), {
      status: 413,
      says: /after decompression/,
    }));

  test('an unknown model', () => {
    const model = known.startsWith('gemini') ? 'unknown-1' : 'no-price-1';
    const says = known.startsWith('gemini') ? /No provider serves/ : /has no price.*lurus price set/s;
    return expectRefused(() => send(model), { status: 404, says });
  });

  test('a model that the key may not use', async () => {
    const { secret } = await views.key({ models: ['other-*'] });
    await expectRefused(() => send(known, { key: secret }), { status: 403, says: /may not use.*other-\*/s });
  });

  test('no money', async () => {
    const { secret, caller } = await views.key();
    await views.balance(caller.walletId, 1_000n, { sequence: 1 });
    await sleep(40);
    const answer = await expectRefused(() => send(known, { key: secret }), {
      status: 429,
      says: /\$0\.000001000 available.*lurus wallet credit/s,
    });
    expect(answer.headers['x-should-retry']).toBe('false');
  });

  test('a frozen wallet', async () => {
    const { secret, caller } = await views.key();
    await views.balance(caller.walletId, 1_000_000_000_000n, { sequence: 1, isFrozen: true });
    await sleep(40);
    await expectRefused(() => send(known, { key: secret }), { status: 503, says: /frozen/ });
  });

  test('too many requests', async () => {
    const { secret } = await views.key({ requestsPerMinute: 1 });
    await send(known, { key: secret, body: '{' });
    await send(known, { key: secret });
    const answer = await expectRefused(() => send(known, { key: secret }), { status: 429, says: /limited to 1 requests per minute/ });
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(30);
  });
});

test('balances that nobody vouches for let nothing through, and say when to come back', async () => {
  views.setBeating(false);
  await sleep(1_300);
  const startedMs = performance.now();
  const answer = await gateway.send({ key, path: '/v1/messages', body: requestBody({ model: 'claude-1' }) });
  expect(performance.now() - startedMs).toBeLessThan(500);
  expect(answer.status).toBeGreaterThanOrEqual(500);
  expect(answer.headers['retry-after']).toBe('2');
  expect(answer.text).toContain('their projector has been silent');
  expect((await gateway.send({ method: 'GET', path: '/readyz' })).status).toBe(503);
  views.setBeating(true);
  await sleep(500);
  expect((await gateway.send({ key, path: '/v1/messages', body: requestBody({ model: 'claude-1' }) })).text).toBe(wholeStream);
});

test.each([
  ['gzip', gzipSync],
  ['zstd', zstdCompressSync],
] as const)('a %s body is understood', async (encoding, compress) => {
  const plain = requestBody({ model: 'claude-1' });
  provider.seen.length = 0;
  const answer = await gateway.send({
    key,
    path: '/v1/messages',
    headers: { 'content-encoding': encoding },
    body: compress(Buffer.from(plain)),
  });
  expect(answer.text).toBe(wholeStream);
  expect(provider.seen[0]?.body.toString()).toBe(plain);
  expect(provider.seen[0]?.headers['content-encoding']).toBeUndefined();
});

describe('paths', () => {
  test('an unknown path lists the ones that exist, in the closest form', async () => {
    const answer = await gateway.send({ key, path: '/v1/messages/elsewhere', body: '{}' });
    expect(answer.status).toBe(404);
    expect(JSON.parse(answer.text)).toMatchObject({
      type: 'error',
      error: { type: 'not_found_error', message: expect.stringContaining('/v1/chat/completions') as unknown },
    });
  });

  test('the wrong method says so', async () => {
    const answer = await gateway.send({ key, method: 'GET', path: '/v1/messages' });
    expect(answer.status).toBe(405);
    expect(answer.text).toContain('Use POST');
  });

  test.each(['/', '/api/hello'])('HEAD %s gets a quick answer without a key', async (path) => {
    expect((await gateway.send({ method: 'HEAD', path })).status).toBe(200);
  });

  test('a browser may ask and call', async () => {
    const headers = {
      origin: 'https://app.test',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'x-api-key,x-new',
    };
    const answer = await gateway.send({ method: 'OPTIONS', path: '/v1/messages', headers });
    expect(answer.status).toBe(204);
    expect(answer.headers).toMatchObject({ 'access-control-allow-origin': '*', 'access-control-allow-headers': 'x-api-key,x-new' });
    expect(answer.headers['access-control-allow-methods']).toContain('POST');
  });

  test.each([
    ['/v1/models', {}, (json: { data?: { id: string }[] }) => json.data?.map(({ id }) => id)],
    ['/v1/models?limit=1000', { 'anthropic-version': '2023-06-01' }, (json: { data?: { id: string }[] }) => json.data?.map(({ id }) => id)],
  ])('GET %s %o lists models', async (path, headers, idsOf) => {
    await views.price('claude-named');
    await views.price('gpt-named');
    const answer = await gateway.send({ key, method: 'GET', path, headers });
    expect(answer.status).toBe(200);
    expect(idsOf(JSON.parse(answer.text) as object)).toContain('anthropic-version' in headers ? 'claude-named' : 'gpt-named');
  });

  test('Gemini has its own list', async () => {
    await views.price('gemini-named');
    const answer = await gateway.send({ key, method: 'GET', path: '/v1beta/models' });
    expect(JSON.parse(answer.text)).toMatchObject({ models: [{ name: 'models/gemini-named' }] });
  });

  test('lists of models need a key', async () => {
    expect((await gateway.send({ method: 'GET', path: '/v1/models' })).status).toBe(401);
  });

  test('figures are there', async () => {
    expect((await gateway.send({ method: 'GET', path: '/healthz' })).status).toBe(200);
    expect((await gateway.send({ method: 'GET', path: '/metrics' })).text).toContain('switch_requests_refused_total');
  });
});

/** Sends bytes as they are and resolves with all that came back until the connection closed. */
function raw(text: string | readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(gateway.running().port, '127.0.0.1');
    let received = '';
    socket.on('data', (chunk) => (received += chunk.toString()));
    socket.on('close', () => resolve(received));
    socket.on('error', () => undefined);
    for (const piece of typeof text === 'string' ? [text] : text) socket.write(piece);
  });
}

describe('on the wire', () => {
  test('a WebSocket upgrade is answered with 426 at once', async () => {
    const received = await raw(
      'GET /v1/responses HTTP/1.1\r\nHost: gateway\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    expect(received).toMatch(/^HTTP\/1\.1 426 Upgrade Required\r\n/);
    expect(received).toContain('does not speak WebSocket');
  });

  test('other upgrades are ignored', async () => {
    const received = await raw('HEAD / HTTP/1.1\r\nHost: gateway\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n');
    expect(received).toMatch(/^HTTP\/1\.1 200 /);
  });

  test.each([
    ['two lengths', 'Content-Length: 5\r\nContent-Length: 6\r\n'],
    ['a length and chunks', 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n'],
    ['a folded header', 'X-Folded: a\r\n b\r\nContent-Length: 0\r\n'],
    ['a bare line feed', 'X-Bare: a\nContent-Length: 0\r\n'],
    ['an unknown transfer encoding', 'Transfer-Encoding: chunked, identity\r\n'],
  ])('%s is refused by the parser', async (_says, headers) => {
    const received = await raw(`POST /v1/messages HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n${headers}\r\nhello`);
    expect(received).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(received).not.toContain('HTTP/1.1 200');
  });

  test('a head that is too large is refused', async () => {
    const received = await raw(`GET / HTTP/1.1\r\nHost: gateway\r\nX-Large: ${'a'.repeat(40_000)}\r\n\r\n`);
    expect(received).toMatch(/^HTTP\/1\.1 431 /);
  });

  test('a head that does not come to its end is given up', async () => {
    const startedMs = performance.now();
    expect(await raw('POST /v1/messages HTTP/1.1\r\nHost: gate')).toMatch(/^HTTP\/1\.1 408 /);
    expect(performance.now() - startedMs).toBeLessThan(3_000);
  });

  test('a body that does not come to its end is given up', async () => {
    const startedMs = performance.now();
    await raw(`POST /v1/messages HTTP/1.1\r\nHost: gateway\r\nx-api-key: ${key}\r\nContent-Length: 1000\r\n\r\n{`);
    expect(performance.now() - startedMs).toBeLessThan(4_000);
    expect(gateway.running().gateway.bodies.bytes).toBe(0);
  });
});
