/**
 * Method: the whole product as `npm start` runs it. Requests go through the gateway to the simulator; then what the client got, what the
 * simulator says it charged, the events behind the receipt, and the wallet in Postgres are held against each other.
 */
import { formatDecimal } from '@lurus/base/money';
import { useSystem } from '@lurus/testkit/use-system';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';

/** Longer than any request of this file, short enough to be waited for. */
const HOLD_LIFE_MS = 12_000;
const system = useSystem({ settings: { LURUS_EXPECTED_OUTPUT_TOKENS: '256', LURUS_HOLD_LIFE_MS: String(HOLD_LIFE_MS) } });

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

async function service(name: 'billing' | 'provider' | 'log', method: string, path: string, body?: object): Promise<Answer> {
  const ready = system.ready();
  const response = await fetch(ready[name] + path, {
    method,
    headers: { authorization: `Bearer ${ready.admin_token}`, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return { status: response.status, body: await response.json() };
}

const Wallet = z.object({ available_nanos: z.string(), held_nanos: z.string(), spent_nanos: z.string(), lost_nanos: z.string() });
const walletOf = async (user: string, tenant: string): Promise<z.infer<typeof Wallet>> =>
  Wallet.parse((await service('billing', 'GET', `/v1/wallets/${user}?tenant=${tenant}`)).body);

async function relay(
  path: string,
  body: object,
  key: string,
): Promise<{ readonly status: number; readonly text: string; readonly id: string }> {
  const response = await fetch(system.ready().gateway + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
    body: JSON.stringify(body),
  });
  return { status: response.status, text: await response.text(), id: response.headers.get('x-lurus-request-id') ?? '' };
}

async function customer(name: string, dollars: string): Promise<{ readonly key: string; readonly keyId: string }> {
  await service('billing', 'POST', '/v1/users', { name, tenant: 'demo' });
  await service('billing', 'POST', '/v1/credits', { user: name, tenant: 'demo', amount_usd: dollars, reference: `first ${name}` });
  const { body } = await service('billing', 'POST', '/v1/keys', { user: name, tenant: 'demo' });
  const { key } = z.object({ key: z.string() }).parse(body);
  await vi.waitFor(
    async () => expect((await fetch(`${system.ready().gateway}/v1/models`, { headers: { 'x-api-key': key } })).status).toBe(200),
    5_000,
  );
  return { key, keyId: key.slice('sk-lurus-'.length, 'sk-lurus-'.length + 8) };
}

const say = [{ role: 'user', content: 'Say hello' }];
const gemini = { contents: [{ role: 'user', parts: [{ text: 'Say hello' }] }] };

const asks: readonly [name: string, path: string, body: object, end: RegExp][] = [
  [
    'Anthropic stream',
    '/v1/messages?beta=true',
    { model: 'claude-sonnet-5', max_tokens: 64, stream: true, messages: say },
    /event: message_stop/,
  ],
  ['Anthropic', '/v1/messages', { model: 'claude-sonnet-5', max_tokens: 64, messages: say }, /"stop_reason"/],
  ['Chat stream', '/v1/chat/completions', { model: 'gpt-5-mini', stream: true, messages: say }, /data: \[DONE\]/],
  ['Chat', '/v1/chat/completions', { model: 'gpt-5-mini', messages: say }, /"finish_reason"/],
  ['Responses stream', '/v1/responses', { model: 'gpt-5-mini', stream: true, input: 'Say hello' }, /response\.completed/],
  ['Responses without the version', '/responses', { model: 'gpt-5-mini', input: 'Say hello' }, /"completed"/],
  ['Gemini stream', '/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse', gemini, /"finishReason"/],
  ['Gemini under v1', '/v1/models/gemini-2.5-flash:generateContent', gemini, /"finishReason"/],
];

const Tokens = {
  input_tokens: z.number(),
  cache_read_tokens: z.number(),
  cache_write_5m_tokens: z.number(),
  cache_write_1h_tokens: z.number(),
  output_tokens: z.number(),
  reasoning_tokens: z.number(),
};
const Receipt = z.object({
  settlement: z.object({ amount_nanos: z.string(), is_estimated: z.boolean(), reason: z.string(), ...Tokens }),
  events: z.array(z.object({ event_name: z.string() })),
});
const Book = z.object({ entries: z.array(z.object({ charged: z.object(Tokens) })) });

describe('the books agree', () => {
  let key = '';
  beforeAll(async () => {
    ({ key } = await customer('books', '10'));
  });

  test.each(asks)('%s', async (_name, path, body, end) => {
    const before = await walletOf('books', 'demo');
    const answer = await relay(path, body, key);
    expect({ status: answer.status, text: answer.text }).toMatchObject({ status: 200, text: expect.stringMatching(end) as unknown });
    const book = Book.parse(await (await fetch(`${system.ready().simulator}/book/${answer.id}`)).json());
    const { settlement, events } = await vi.waitFor(
      async () => Receipt.parse((await service('log', 'GET', `/v1/receipts/${answer.id}`)).body),
      15_000,
    );
    expect(book.entries).toHaveLength(1);
    expect(settlement).toMatchObject({ ...book.entries[0]?.charged, is_estimated: false, reason: 'complete' });
    expect(events.map(({ event_name }) => event_name)).toEqual(expect.arrayContaining(['hold.placed', 'usage.settled']));
    await vi.waitFor(async () => {
      const after = await walletOf('books', 'demo');
      expect(BigInt(after.spent_nanos) - BigInt(before.spent_nanos)).toBe(BigInt(settlement.amount_nanos));
      expect(after.held_nanos).toBe('0');
    }, 5_000);
    expect(BigInt(settlement.amount_nanos)).toBeGreaterThan(0n);
  });

  test('a Chat stream whose client did not ask for usage shows none', async () => {
    const { text } = await relay('/v1/chat/completions', { model: 'gpt-5-mini', stream: true, messages: say }, key);
    expect(text).not.toMatch(/"usage":\s*\{/);
    const asked = { model: 'gpt-5-mini', stream: true, messages: say, stream_options: { include_usage: true } };
    expect((await relay('/v1/chat/completions', asked, key)).text).toMatch(/"usage":\s*\{/);
  });
});

describe('counting tokens', () => {
  let key = '';
  beforeAll(async () => {
    ({ key } = await customer('counter', '10')); // Of its own: the charges of earlier tests may still be on their way into the view.
  });

  test.each([
    ['/v1/messages/count_tokens', { model: 'claude-sonnet-5', messages: say }, /"input_tokens"/],
    ['/v1beta/models/gemini-2.5-flash:countTokens', gemini, /"totalTokens"/],
  ])('%s counts and costs nothing', async (path, body, has) => {
    const answer = await relay(path, body, key);
    expect(answer).toMatchObject({ status: 200, text: expect.stringMatching(has) as unknown });
    expect(await walletOf('counter', 'demo')).toMatchObject({ available_nanos: '10000000000', held_nanos: '0', spent_nanos: '0' });
  });
});

test('a revoked key is refused within two seconds', async () => {
  const { key, keyId } = await customer('leaver', '1');
  const ask = { model: 'claude-sonnet-5', max_tokens: 8, messages: say };
  expect((await relay('/v1/messages', ask, key)).status).toBe(200);
  const revokedMs = performance.now();
  expect((await service('billing', 'DELETE', `/v1/keys/${keyId}?reason=test`)).status).toBeLessThan(300);
  await vi.waitFor(async () => expect((await relay('/v1/messages', ask, key)).status).toBe(401), { timeout: 5_000, interval: 20 });
  expect(performance.now() - revokedMs).toBeLessThan(2_000);
});

test('forty requests at once cannot spend more than a small wallet has', async () => {
  const dollars = '0.02';
  const { key } = await customer('small', dollars);
  const ask = { model: 'claude-sonnet-5', max_tokens: 200, stream: true, messages: say };
  const answers = await Promise.all(Array.from({ length: 40 }, () => relay('/v1/messages', ask, key)));
  const statuses = answers.map(({ status }) => status);
  expect(new Set(statuses)).toEqual(new Set([200, 429]));
  expect(answers.find(({ status }) => status === 429)?.text).toContain('lurus wallet credit');
  await vi.waitFor(async () => {
    const wallet = await walletOf('small', 'demo');
    expect(wallet).toMatchObject({ held_nanos: '0', lost_nanos: '0' });
    expect(formatDecimal(BigInt(wallet.available_nanos) + BigInt(wallet.spent_nanos), 9)).toBe('0.020000000');
  }, 10_000);
});

test('a gateway that is killed in mid-answer comes back and serves, and the hold that it left behind expires', async () => {
  const { key } = await customer('unlucky', '1');
  const ask = { model: 'sim-tokens-400-rate-50', max_tokens: 400, stream: true, messages: say };
  const cut = relay('/v1/messages', ask, key).catch(() => undefined);
  await vi.waitFor(async () => expect(BigInt((await walletOf('unlucky', 'demo')).held_nanos)).toBeGreaterThan(0n), 5_000);
  await system.kill('gateway');
  await cut;
  const abandoned = await walletOf('unlucky', 'demo');
  expect(BigInt(abandoned.held_nanos)).toBeGreaterThan(0n);
  await system.isUp('gateway');
  const after = { model: 'claude-sonnet-5', max_tokens: 8, messages: say };
  await vi.waitFor(async () => expect((await relay('/v1/messages', after, key)).status).toBe(200), 20_000);
  const level = await vi.waitFor(
    async () => {
      const wallet = await walletOf('unlucky', 'demo');
      expect(wallet.held_nanos).toBe('0');
      return wallet;
    },
    { timeout: 2 * HOLD_LIFE_MS, interval: 500 },
  );
  expect(BigInt(level.available_nanos) + BigInt(level.spent_nanos)).toBe(1_000_000_000n);
  const { body } = await service('billing', 'GET', '/v1/wallets/unlucky/transactions?tenant=demo');
  expect(JSON.stringify(body)).toContain('hold.expired');
});
