import { describe, expect, test } from 'vitest';
import { encode, joinBytes, textOf } from '../bytes.ts';
import { describeDialect, problemFrom, problemOf, requestTo } from '../dialect-suite.ts';
import { openAiChat } from './dialect.ts';

const BODY = {
  model: 'gpt-x',
  stream: true,
  stream_options: { include_usage: true },
  messages: [
    { role: 'system', content: 's' },
    { role: 'user', content: 'hi' },
  ],
};
const PATH = '/v1/chat/completions';
const read = (body: object | string, headers: Record<string, string> = {}) => openAiChat.readAsk(requestTo(PATH, body, headers));

describeDialect({
  dialect: openAiChat,
  path: PATH,
  body: BODY,
  model: 'gpt-x',
  wrong: { field: 'n', value: 0 },
  contentFrame: 'data: {"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":null}]}\n\n',
  usageFrame: (usage) => `data: {"id":"NAME","model":"NAME","choices":[],"usage":${usage}}\n\n`,
  hostileUsage: (value) => `{"prompt_tokens":${value},"completion_tokens":${value},"total_tokens":1}`,
  idsOf: (list) => (list as { data: { id: string }[] }).data.map(({ id }) => id), // The form under test.
});

describe('requests', () => {
  test('the larger bound holds, and choices multiply', () => {
    expect(read({ ...BODY, max_tokens: 5, max_completion_tokens: 9, n: 3 })).toMatchObject({ maxOutputTokens: 9, choices: 3 });
    expect(read({ ...BODY, max_tokens: null, stream: null })).toMatchObject({ maxOutputTokens: undefined, isStream: false });
    expect(problemFrom(() => read({ ...BODY, max_tokens: 1.5 })).faults?.[0]?.path).toBe('max_tokens');
  });

  test.each([
    ['{"model":"m","stream":true}', '{"stream_options":{"include_usage":true},"model":"m","stream":true}'],
    ['{"model":"m","stream":true,"stream_options":null}', '{"model":"m","stream":true,"stream_options":{"include_usage":true}}'],
    ['{"model":"m","stream":true,"stream_options":{}}', '{"model":"m","stream":true,"stream_options":{"include_usage":true}}'],
    [
      '{"model":"m","stream":true,"stream_options":{ "include_obfuscation":false}}',
      '{"model":"m","stream":true,"stream_options":{"include_usage":true, "include_obfuscation":false}}',
    ],
    [
      '{"model":"m","stream":true,"stream_options":{"include_usage":false}}',
      '{"model":"m","stream":true,"stream_options":{"include_usage":true}}',
    ],
  ])('usage is switched on in %s', (given, sent) => {
    const request = requestTo(PATH, given);
    const outgoing = openAiChat.prepare({ request, ask: openAiChat.readAsk(request), upstreamModel: 'm' });
    expect(textOf(outgoing.body)).toBe(sent);
    expect(outgoing.usageWasAdded).toBe(true);
  });

  test('a request that is no stream, or asks for usage itself, stays as it is', () => {
    for (const given of ['{"model":"m"}', '{"model":"m","stream":true,"stream_options":{"include_usage":true}}']) {
      const request = requestTo(PATH, given);
      expect(openAiChat.prepare({ request, ask: openAiChat.readAsk(request), upstreamModel: 'm' })).toMatchObject({
        body: request.body,
        usageWasAdded: false,
      });
    }
  });

  test('the session comes from headers, body or the opening turns', () => {
    expect(read(BODY, { 'x-session-id': 'ses', 'user-agent': 'opencode/1.18.33 ai-sdk/x' })).toMatchObject({
      sessionKey: 'ses',
      clientFamily: 'opencode',
      requestClass: 'title',
    });
    expect(read({ ...BODY, user: 'u', prompt_cache_key: 'k' }).sessionKey).toBe('k');
    expect(read({ ...BODY, user: 'u' }).sessionKey).toBe('u');
    const derived = read(BODY).sessionKey;
    expect(read({ ...BODY, messages: [...BODY.messages, { role: 'assistant', content: 'x' }] }).sessionKey).toBe(derived);
    expect(read({ ...BODY, messages: [{ role: 'user', content: 'hi' }] }).sessionKey).not.toBe(derived);
    expect(read({ ...BODY, user: 'u'.repeat(500) }).sessionKey).toMatch(/^long-/);
    expect(problemFrom(() => read('{"model":"m","user":"\\x"}')).code).toBe('body_not_json');
  });
});

describe('answers', () => {
  test('the usage-only chunk that we asked for does not reach the client, wherever it is cut', () => {
    const chunk = (rest: string) => `data: {"id":"c","choices":${rest}}\n\n`;
    const kept = [chunk('[{"index":0,"delta":{"content":"a"}}],"usage":null'), chunk('[{"index":0,"delta":{},"finish_reason":"stop"}]')];
    const dropped = chunk('[],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}');
    const done = 'data: [DONE]\n\n';
    const bytes = encode(`${kept.join('')}${dropped}: note\n\n${done}`);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const tap = openAiChat.createTap({ isStream: true });
      const filter = openAiChat.createFilter({ dropsUsage: true });
      const passages = [bytes.subarray(0, cut), bytes.subarray(cut)].map((piece) => filter.push(piece, tap.push(piece).terminalAt));
      passages.push(filter.end());
      expect(textOf(joinBytes(passages.flatMap(({ now }) => now)))).toBe(`${kept.join('')}: note\n\n`);
      expect(textOf(joinBytes(passages.flatMap(({ withheld }) => withheld)))).toBe(done);
      expect(tap.report().usage?.inputTokens).toBe(1);
    }
  });

  test('cumulative usage in every chunk is overwritten, never added, and is not final before the stop', () => {
    const tap = openAiChat.createTap({ isStream: true });
    const chunk = (output: number, reason: string) =>
      encode(
        `data: {"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":${reason}}],"usage":{"prompt_tokens":3,"completion_tokens":${output},"total_tokens":${3 + output}}}\n\n`,
      );
    tap.push(chunk(1, 'null'));
    expect(tap.report().isUsageFinal).toBe(false);
    tap.push(chunk(2, '"stop"'));
    expect(tap.report()).toMatchObject({ isUsageFinal: true, usage: { inputTokens: 3, outputTokens: 2 } });
  });

  test('usage inside a choice, under x_groq, and cached tokens in all their places are read', () => {
    const usageOf = (json: string) => {
      const tap = openAiChat.createTap({ isStream: true });
      tap.push(encode(`data: ${json}\n\n`));
      return tap.report().usage;
    };
    const usage = (extra: string) => `{"prompt_tokens":10,"completion_tokens":2,"total_tokens":12${extra}}`;
    expect(usageOf(`{"choices":[{"index":0,"delta":{},"usage":${usage(',"cached_tokens":4')}}]}`)).toMatchObject({
      inputTokens: 6,
      cacheReadTokens: 4,
    });
    expect(usageOf(`{"choices":[],"x_groq":{"usage":${usage('')}}}`)).toMatchObject({ inputTokens: 10, outputTokens: 2 });
    for (const place of ['"num_cached_tokens":4', '"prompt_cache_hit_tokens":4', '"prompt_tokens_details":{"cached_tokens":4}'])
      expect(usageOf(`{"choices":[],"usage":${usage(`,${place}`)}}`)).toMatchObject({ inputTokens: 6, cacheReadTokens: 4 });
  });

  test('a total that nothing explains is not believed; audio that is only in the total is input', () => {
    const read = (usage: string) => {
      const tap = openAiChat.createTap({ isStream: false });
      tap.push(encode(`{"choices":[],"usage":${usage}}`));
      tap.end();
      return tap.report();
    };
    const wrong = read('{"prompt_tokens":5,"completion_tokens":5,"total_tokens":9000,"completion_tokens_details":{"reasoning_tokens":1}}');
    expect(wrong).toMatchObject({ isUsageSuspect: true, usage: { inputTokens: 5, outputTokens: 5 } });
    const audio = read('{"prompt_tokens":5,"completion_tokens":5,"total_tokens":60,"prompt_audio_seconds":2}');
    expect(audio).toMatchObject({ isUsageSuspect: false, usage: { inputTokens: 55, outputTokens: 5 } });
  });

  test('more cached than prompt tokens leave no negative rest', () => {
    const tap = openAiChat.createTap({ isStream: true });
    tap.push(
      encode(
        'data: {"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":1,"total_tokens":6,"prompt_tokens_details":{"cached_tokens":9}}}\n\n',
      ),
    );
    expect(tap.report()).toMatchObject({ isUsageSuspect: true, usage: { inputTokens: 0, cacheReadTokens: 9 } });
  });
});

test('errors carry the codes that clients act on', () => {
  const error = (kind: Parameters<typeof problemOf>[0]) => JSON.parse(openAiChat.renderError(problemOf(kind, true), 'r').body);
  expect(error('no-credit').error).toMatchObject({ type: 'insufficient_quota', code: 'insufficient_quota' });
  expect(error('not-found').error).toMatchObject({ type: 'invalid_request_error', code: 'some_code' });
  expect(openAiChat.renderError(problemOf('overloaded', true), 'r')).toMatchObject({ status: 429, headers: { 'retry-after': '5' } });
  expect(openAiChat.renderError(problemOf('upstream', true), 'r').status).toBe(502);
});
