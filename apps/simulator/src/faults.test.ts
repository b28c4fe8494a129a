/** Faults, speed and replay over real sockets: what the simulator does wrong on purpose must be wrong in exactly the way that was asked for. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI, { AuthenticationError, RateLimitError } from 'openai';
import { beforeAll, describe, expect, test } from 'vitest';
import { chat, useSimulator } from './simulator.fixture.ts';

const simulator = useSimulator();
const openai = () => new OpenAI({ baseURL: `${simulator.url()}/v1`, apiKey: 'any', maxRetries: 0 });
const anthropic = () => new Anthropic({ baseURL: simulator.url(), apiKey: 'any', maxRetries: 0 });

describe('faults', () => {
  test('statuses come with the retry hints of the dialect', async () => {
    const response = await simulator.post('/v1beta/models/sim-fault-status-429-retry-7:generateContent', { contents: [] });
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('7');
    expect(await response.json()).toMatchObject({ error: { status: 'RESOURCE_EXHAUSTED', details: [{ retryDelay: '7s' }] } });
    expect((await simulator.onlyEntry()).charged.inputTokens).toBe(0);
  });

  test('are what the SDKs take them for', async () => {
    const failing = (status: number) => chat(`sim-fault-status-${status}`);
    await expect(openai().chat.completions.create(failing(401))).rejects.toBeInstanceOf(AuthenticationError);
    await expect(openai().chat.completions.create(failing(429))).rejects.toBeInstanceOf(RateLimitError);
    await expect(anthropic().messages.create({ ...failing(529), max_tokens: 5 })).rejects.toMatchObject({
      status: 529,
      error: { error: { type: 'overloaded_error' } },
    });
  });

  test('a reset comes before the first byte or after so many', async () => {
    await expect(simulator.post('/v1/chat/completions', chat('sim-fault-reset-before'))).rejects.toThrow('fetch failed');
    expect(await simulator.onlyEntry()).toMatchObject({ status: 0, ending: 'cut', bytesSent: 0 });
    simulator.book.clear();
    const response = await simulator.post('/v1/chat/completions', chat('sim-tokens-100-fault-reset-after-600', { stream: true }));
    await expect(response.text()).rejects.toThrow('terminated');
    const entry = await simulator.onlyEntry();
    expect(entry).toMatchObject({ status: 200, ending: 'cut', bytesSent: 600, reported: null });
    expect(entry.charged.outputTokens).toBeLessThan(20);
  });

  test('silence lasts until the client goes', async () => {
    const leaving = new AbortController();
    const response = await fetch(`${simulator.url()}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify(chat('sim-fault-silence-after-50', { stream: true })),
      signal: leaving.signal,
    });
    const reader = response.body?.getReader();
    expect((await reader?.read())?.value?.length).toBe(50);
    leaving.abort();
    await expect(reader?.read()).rejects.toThrow('aborted');
    expect(await simulator.onlyEntry()).toMatchObject({ ending: 'cut', bytesSent: 50 });
  });

  test('a client that leaves a slow answer is noted, and charged for what it got', async () => {
    const leaving = new AbortController();
    const body = JSON.stringify(chat('sim-tokens-1000-rate-100', { stream: true }));
    const response = await fetch(`${simulator.url()}/v1/chat/completions`, { method: 'POST', body, signal: leaving.signal });
    await response.body?.getReader().read();
    leaving.abort();
    const entry = await simulator.onlyEntry();
    expect(entry.ending).toBe('client_gone');
    expect(entry.charged.outputTokens).toBeLessThan(100);
  });

  test.each([
    ['garbage', 'application/json; charset=utf-8', '{"broken"'],
    ['html', 'text/html; charset=utf-8', '<!doctype html>'],
    ['empty', 'application/json; charset=utf-8', ''],
  ])('%s is a 200 with the wrong body', async (fault, type, start) => {
    const response = await simulator.post('/v1/chat/completions', chat(`sim-fault-${fault}`));
    expect([response.status, response.headers.get('content-type')]).toEqual([200, type]);
    expect((await response.text()).startsWith(start)).toBe(true);
  });

  const streams = [
    ['/v1/messages', {}, '"overloaded_error"'],
    ['/v1/chat/completions', {}, '"server_error"'],
    ['/v1/responses', { input: 'hi' }, 'response.failed'],
    ['/v1beta/models/MODEL:streamGenerateContent?alt=sse', { contents: [] }, '"UNAVAILABLE"'],
  ] as const;
  const streamOf = async (path: string, rest: object, fault?: string): Promise<string> => {
    const headers: Record<string, string> = { 'x-sim-tokens': '40', ...(fault === undefined ? {} : { 'x-sim-fault': fault }) };
    return (await simulator.post(path.replace('MODEL', 'm'), { ...chat('m', { stream: true }), ...rest }, headers)).text();
  };
  const times = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

  test.each(streams)('%s: an error frame ends a stream before or amid its content', async (path, rest, sign) => {
    const first = await streamOf(path, rest, 'error-first');
    const mid = await streamOf(path, rest, 'error-mid');
    expect(first).toContain(sign);
    expect(first).not.toContain('The relay');
    expect(mid).toContain(sign);
    expect(mid).toContain('The relay');
  });

  test.each(streams)('%s: a stream can lack its end, or half of its last frame', async (path, rest) => {
    const whole = await streamOf(path, rest);
    const endless = await streamOf(path, rest, 'no-end');
    const half = await streamOf(path, rest, 'half-frame');
    expect(endless.length).toBeLessThan(half.length);
    expect(half.length).toBeLessThan(whole.length);
    expect(half).not.toMatch(/\n\r?\n$/);
  });

  test.each(streams)('%s: usage can be missing, zero, negative, huge, twice or everywhere', async (path, rest) => {
    const asked = { ...rest, stream_options: { include_usage: true } };
    const total = /"(?:total_tokens|totalTokenCount|output_tokens)":/g;
    const usual = times(await streamOf(path, asked), total);
    expect(times(await streamOf(path, asked, 'usage-none'), total)).toBe(0);
    expect(times(await streamOf(path, asked, 'usage-each'), total)).toBeGreaterThanOrEqual(10);
    expect(times(await streamOf(path, asked, 'usage-twice'), total)).toBeGreaterThan(usual);
    expect(await streamOf(path, asked, 'usage-zero')).not.toMatch(/"(?:total_tokens|totalTokenCount|output_tokens)":[^0]/);
    expect(await streamOf(path, asked, 'usage-negative')).toMatch(/okens?(?:Count)?":-\d/);
    expect(await streamOf(path, asked, 'usage-huge')).toContain('9223372036854776000');
  });

  test('wide characters are cut by every write, and arrive whole', async () => {
    const response = await simulator.post('/v1/chat/completions', chat('sim-fault-split-utf8'));
    expect(JSON.stringify(await response.json())).toContain('🦀');
  });

  test('an answer can name another model', async () => {
    const completion = await openai().chat.completions.create(chat('sim-fault-model'));
    expect(completion.model).toBe('sim-fault-model-other');
  });
});

describe('speed', () => {
  test('tokens come at the rate asked for, after the delay asked for', async () => {
    const startedMs = performance.now();
    const response = await simulator.post('/v1/chat/completions', chat('sim-tokens-40-rate-200-delay-150', { stream: true }));
    const firstMs = performance.now() - startedMs;
    await response.text();
    const wholeMs = performance.now() - startedMs;
    expect(firstMs).toBeGreaterThan(145);
    expect(wholeMs - firstMs).toBeGreaterThan(170); // 40 tokens at 200 a second.
    expect(wholeMs).toBeLessThan(2_000);
  });
});

describe('recorded answers', () => {
  const bytes = Buffer.from('data: {"name": "Zürich"}\n\ndata: [DONE]\n\n');

  beforeAll(() => {
    const folder = join(simulator.fixtures, 'openai-chat', 'some-stream');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'stream.sse'), bytes);
    writeFileSync(
      join(folder, 'case.json'),
      JSON.stringify({ http_status: 201, content_type: 'text/event-stream', response_headers: { 'x-a': 'b' } }),
    );
    const deliveries = [
      { case: 'openai-chat/some-stream', how: 'offsets', offsets: [3, 18] },
      { case: 'openai-chat/some-stream', how: 'every-byte' },
      { case: 'openai-chat/some-stream', how: 'size', size: 7 },
      { case: 'openai-chat/some-stream', how: 'whole' },
    ];
    writeFileSync(join(simulator.fixtures, 'delivery.json'), JSON.stringify({ deliveries }));
  });

  test.each(['', '@0', '@1', '@2', '@3'])('are replayed byte for byte, however cut (%s)', async (delivery) => {
    const response = await simulator.post('/v1/chat/completions', chat('m'), { 'x-sim-fixture': `openai-chat/some-stream${delivery}` });
    expect([response.status, response.headers.get('content-type'), response.headers.get('x-a')]).toEqual([201, 'text/event-stream', 'b']);
    expect(Buffer.compare(Buffer.from(await response.arrayBuffer()), bytes)).toBe(0);
  });

  test('of a delivery that does not exist say how many there are', async () => {
    const response = await simulator.post('/v1/chat/completions', chat('m'), { 'x-sim-fixture': 'openai-chat/some-stream@9' });
    expect(response.status).toBe(404);
    expect(JSON.stringify(await response.json())).toContain('has 4 ways');
  });
});
