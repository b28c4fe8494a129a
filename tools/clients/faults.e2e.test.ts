/**
 * Every fault of the simulator, in every dialect, through the whole product. Whatever a provider does wrong, a request that held money ends in
 * exactly one event with the reason that `docs/endings.md` gives, is charged what that page says, and leaves nothing held.
 */
import { useSystem } from '@lurus/testkit/use-system';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Books, openBooks } from './books.ts';

const system = useSystem({ settings: { LURUS_SILENCE_TIMEOUT_MS: '700' } });
let books: Books;

beforeAll(async () => {
  books = await openBooks({ ready: system.ready(), home: system.home() });
});
beforeEach(() => books.clear());
afterAll(() => books.close());

const user = [{ role: 'user', content: 'Say hello' }];
const dialects = {
  anthropic: { path: () => '/v1/messages', body: (model: string) => ({ model, max_tokens: 4_000, stream: true, messages: user }) },
  'openai-chat': {
    path: () => '/v1/chat/completions',
    body: (model: string) => ({ model, stream: true, stream_options: { include_usage: true }, messages: user }),
  },
  'openai-responses': { path: () => '/v1/responses', body: (model: string) => ({ model, stream: true, input: 'Say hello' }) },
  gemini: {
    path: (model: string) => `/v1beta/models/${model}:streamGenerateContent?alt=sse`,
    body: () => ({ contents: [{ role: 'user', parts: [{ text: 'Say hello' }] }] }),
  },
} as const;
type Dialect = keyof typeof dialects;
const names = ['anthropic', 'openai-chat', 'openai-responses', 'gemini'] as const satisfies readonly Dialect[];

interface Answered {
  readonly status: number;
  readonly text: string;
  readonly requestId: string;
}

async function ask(dialect: Dialect, model: string): Promise<Answered> {
  const { path, body } = dialects[dialect];
  const response = await fetch(system.ready().gateway + path(model), {
    method: 'POST',
    headers: { authorization: `Bearer ${system.ready().demo_key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body(model)),
  });
  const text = await response.text().catch((error: unknown) => `broken off: ${String(error)}`);
  return { status: response.status, text, requestId: response.headers.get('x-lurus-request-id') ?? '' };
}

const SETTLED = ['hold.placed', 'usage.settled'];
const RELEASED = ['hold.placed', 'hold.released'];

describe.each(names)('%s', (dialect) => {
  test.each(['split-utf8', 'usage-each', 'usage-twice', 'model'])(
    '%s changes nothing: the answer is whole and charged as reported',
    async (fault) => {
      const { status, requestId } = await ask(dialect, `sim-tokens-80-fault-${fault}`);
      expect(status).toBe(200);
      const { events, reason, settled } = await books.endingOf(requestId);
      expect({ events, reason, isEstimated: settled?.isEstimated }).toEqual({ events: SETTLED, reason: 'complete', isEstimated: false });
      expect(await books.differences()).toEqual([]);
    },
  );

  test('bytes cut anywhere are charged as reported', async () => {
    const { requestId } = await ask(dialect, 'sim-tokens-60-chunk-7');
    expect(await books.endingOf(requestId)).toMatchObject({ events: SETTLED, reason: 'complete' });
    expect(await books.differences()).toEqual([]);
  });

  test('missing usage is estimated: the output by its bytes', async () => {
    const { requestId } = await ask(dialect, 'sim-tokens-80-fault-usage-none');
    const ending = await books.endingOf(requestId);
    expect(ending).toMatchObject({ events: SETTLED, reason: 'usage_absent', settled: { isEstimated: true, outputTokens: 80 } });
    expect(ending.settled?.inputTokens).toBeGreaterThan(0);
  });

  test('explicit zero is zero', async () => {
    const { requestId } = await ask(dialect, 'sim-tokens-80-fault-usage-zero');
    expect(await books.endingOf(requestId)).toMatchObject({ events: SETTLED, reason: 'zero_usage', settled: { amountNanos: 0n } });
  });

  test.each(['usage-negative', 'usage-huge'])('%s charges no absurd amount', async (fault) => {
    const { requestId } = await ask(dialect, `sim-tokens-80-fault-${fault}`);
    const { events, settled } = await books.endingOf(requestId);
    expect(events).toEqual(SETTLED);
    expect(settled?.amountNanos).toBeGreaterThanOrEqual(0n);
    expect(settled?.amountNanos).toBeLessThan(1_000_000_000n);
  });

  test.each(['status-503', 'status-529', 'reset-before'])('%s brings no answer: an error, and nothing is charged', async (fault) => {
    const { status, requestId } = await ask(dialect, `sim-fault-${fault}`);
    expect(status).toBeGreaterThanOrEqual(400);
    const ending = await books.endingOf(requestId);
    expect(ending).toMatchObject({ events: RELEASED, settled: undefined });
    expect(ending.reason).toMatch(/^upstream_(?:refused|failed_before_answer)$/);
  });

  test("an error before any content passes on as the provider's own, and nothing is charged", async () => {
    const { text, requestId } = await ask(dialect, 'sim-fault-error-first');
    expect(text).toContain('overloaded');
    expect(await books.endingOf(requestId)).toMatchObject({ events: RELEASED, settled: undefined });
  });

  test.each(['garbage', 'html', 'empty'])('%s is no answer: an error, and nothing is charged', async (fault) => {
    const { status, requestId } = await ask(dialect, `sim-fault-${fault}`);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(await books.endingOf(requestId)).toMatchObject({ events: RELEASED, settled: undefined });
  });

  test.each([
    ['error-mid', 'upstream_failed_during_answer'],
    ['reset-after-3000', 'upstream_cut'],
    ['end-after-3000', 'upstream_cut'],
    ['silence-after-3000', 'upstream_silent'],
  ])('%s ends the stream with an error, and only the output that came is charged', async (fault, reason) => {
    const { status, text, requestId } = await ask(dialect, `sim-tokens-400-rate-2000-fault-${fault}`);
    expect(status).toBe(200);
    expect(text).toContain('error');
    const { events, settled, ...ending } = await books.endingOf(requestId);
    const [entry] = await books.provider();
    expect({ events, reason: ending.reason }).toEqual({ events: SETTLED, reason });
    expect(settled).toMatchObject({ isEstimated: true, inputTokens: 0, cacheReadTokens: 0, reasoningTokens: 0 });
    expect(settled?.outputTokens).toBeGreaterThan(0);
    expect(settled?.outputTokens).toBeLessThanOrEqual(entry?.charged.outputTokens ?? 0);
  });

  test.each(['no-end', 'half-frame'])('%s: the answer is whole where its usage had come, and cut where it had not', async (fault) => {
    const { requestId } = await ask(dialect, `sim-tokens-100-rate-500-fault-${fault}`);
    const { events, reason, settled } = await books.endingOf(requestId);
    // Anthropic and Chat report usage before their last frame, Responses and Gemini within it.
    const isWhole = dialect === 'anthropic' || dialect === 'openai-chat';
    expect({ events, reason, isEstimated: settled?.isEstimated }).toEqual({
      events: SETTLED,
      reason: isWhole ? 'complete' : 'upstream_cut',
      isEstimated: !isWhole,
    });
  });
});

test('after all that nothing is held, and the wallet is the sum of its events', async () => {
  const { requestId } = await ask('openai-chat', 'gpt-5.5');
  expect(await books.endingOf(requestId)).toMatchObject({ events: SETTLED, reason: 'complete' });
  expect(await books.differences()).toEqual([]);
});
