import { describe, expect, test } from 'vitest';
import { encode, textOf } from '../bytes.ts';
import { describeDialect, problemFrom, problemOf, requestTo } from '../dialect-suite.ts';
import { anthropic } from './dialect.ts';

const BODY = { model: 'claude-x', max_tokens: 64, stream: true, messages: [{ role: 'user', content: 'hi' }] };
const read = (body: object | string, headers: Record<string, string> = {}, path = '/v1/messages?beta=true') =>
  anthropic.readAsk(requestTo(path, body, headers));
const tapText = (text: string) => {
  const tap = anthropic.createTap({ isStream: true });
  const step = tap.push(encode(text));
  return { step, end: tap.end(), report: tap.report() };
};

describeDialect({
  dialect: anthropic,
  path: '/v1/messages?beta=true',
  body: BODY,
  model: 'claude-x',
  wrong: { field: 'max_tokens', value: 'many' },
  contentFrame: 'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x"}}\n\n',
  usageFrame: (usage) => `event: message_start\ndata: {"type":"message_start","message":{"id":"NAME","model":"NAME","usage":${usage}}}\n\n`,
  hostileUsage: (value) => `{"input_tokens":${value},"output_tokens":${value},"cache_creation_input_tokens":${value}}`,
  idsOf: (list) => (list as { data: { id: string }[] }).data.map(({ id }) => id), // The form under test.
});

describe('requests', () => {
  test('the bound on the output is read, and counting is told apart', () => {
    expect(read(BODY)).toMatchObject({ operation: 'generate', maxOutputTokens: 64, requestClass: 'main', clientFamily: 'other' });
    expect(read({ model: 'm', messages: [] }, {}, '/v1/messages/count_tokens')).toMatchObject({
      operation: 'count_tokens',
      isStream: false,
      maxOutputTokens: undefined,
      requestClass: 'count',
    });
  });

  test('all faults are named at once', () => {
    const details = problemFrom(() => read({ stream: 'yes', max_tokens: -1, Model: 'x' }));
    expect(details.faults?.map(({ path }) => path)).toEqual(['model', 'stream', 'max_tokens', 'Model']);
  });

  test('of two models the last is read, and both are renamed, so that no parser can pick the other', () => {
    const request = requestTo('/v1/messages', '{"model":"cheap","messages":[{"model":"nested"}],"mod\\u0065l":"dear"}');
    const ask = anthropic.readAsk(request);
    expect(ask.model).toBe('dear');
    const { body } = anthropic.prepare({ request, ask, upstreamModel: 'dear' });
    expect(textOf(body)).toBe('{"model":"dear","messages":[{"model":"nested"}],"mod\\u0065l":"dear"}');
  });

  test('white space, key order and unknown fields go upstream as they came', () => {
    const request = requestTo('/v1/messages', '{ "zzz" : {"model" : "n"},\n\t"model" : "a\\u0062",  "x":1.0e0 }');
    const { body } = anthropic.prepare({ request, ask: anthropic.readAsk(request), upstreamModel: 'vendor/"q"' });
    expect(textOf(body)).toBe('{ "zzz" : {"model" : "n"},\n\t"model" : "vendor/\\"q\\"",  "x":1.0e0 }');
  });

  test("Claude Code's session comes from its header, from its JSON user id, or from the older text form", () => {
    const agent = { 'user-agent': 'claude-cli/2.1.330 (external, cli)' };
    const metadata = { user_id: JSON.stringify({ device_id: 'd', session_id: 'in-body' }) };
    expect(read({ ...BODY, metadata }, { ...agent, 'x-claude-code-session-id': 'in-header' })).toMatchObject({
      sessionKey: 'in-header',
      clientFamily: 'claude-code',
    });
    expect(read({ ...BODY, metadata }, agent).sessionKey).toBe('in-body');
    expect(read({ ...BODY, metadata: { user_id: 'user_abc_account__session_0f-1' } }, agent).sessionKey).toBe('0f-1');
  });

  test('a client that names no session gets one by its first prompt, the same on later turns', () => {
    const first = read({ ...BODY, system: 's' }).sessionKey;
    const later = [...BODY.messages, { role: 'assistant', content: 'hello' }, { role: 'user', content: 'more' }];
    expect(first).toMatch(/^derived-[0-9a-f]{16}$/);
    expect(read({ ...BODY, system: 's', messages: later }).sessionKey).toBe(first);
    expect(read({ ...BODY, system: 't' }).sessionKey).not.toBe(first);
  });

  test('title calls, sub-agents, searches and hints are told apart', () => {
    const agent = { 'user-agent': 'claude-cli/2.1.330 (external, cli)' };
    const format = { output_config: { format: { type: 'json_schema', schema: {} } }, tools: [] };
    expect(read({ ...BODY, ...format }, agent).requestClass).toBe('title');
    expect(read({ ...BODY, ...format }).requestClass).toBe('main');
    expect(read(BODY, { ...agent, 'x-claude-code-agent-id': 'a1' })).toMatchObject({ requestClass: 'subagent', subKey: 'a1' });
    expect(read({ ...BODY, tools: [{ type: 'web_search_20250305', name: 'web_search' }] }, agent).requestClass).toBe('auxiliary');
    expect(read(BODY, { ...agent, 'x-claude-code-request-class': 'compaction' }).requestClass).toBe('compaction');
    expect(read(BODY, { ...agent, 'x-claude-code-request-class': 'constructor' }).requestClass).toBe('main');
  });
});

describe('answers', () => {
  test('names that every object has are no frames and no stop reasons', () => {
    const { report } = tapText(
      'event: constructor\ndata: {"type":"toString"}\n\ndata: {"type":"message_delta","delta":{"stop_reason":"constructor"}}\n\n',
    );
    expect(report).toMatchObject({ stopReported: 'constructor', stopClass: undefined });
  });

  test('a frame without a type is known by its event', () => {
    const { end, report } = tapText(
      'event: message_delta\ndata: {"delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":3}}\n\nevent: message_stop\ndata: {}\n\n',
    );
    expect(end.phase).toBe('terminal');
    expect(report).toMatchObject({ stopClass: 'end', isUsageFinal: true });
  });

  test('the start value of an answer that was cut is not final', () => {
    const { report, end } = tapText(
      'data: {"type":"message_start","message":{"usage":{"input_tokens":9,"output_tokens":1}}}\n\ndata: {"type":"content_block_delta","delta":{"text":"ab\\u00e9\\n"}}\n\n',
    );
    expect(report).toMatchObject({ isUsageFinal: false, generatedBytes: 5, usage: { inputTokens: 9, outputTokens: 1 } });
    expect(end.phase).toBe('content');
  });

  test('bytes are withheld from where the last frame begins, and as soon as its event is known', () => {
    const tap = anthropic.createTap({ isStream: true });
    const before = 'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n';
    expect(tap.push(encode(`${before}event: message_stop\nda`))).toEqual({ phase: 'undecided', terminalAt: before.length });
    expect(tap.push(encode('ta: {"type":"message_stop"}\n\n'))).toEqual({ phase: 'terminal', terminalAt: 0 });
  });

  test('a model that took over is named beside the one that was asked', () => {
    const { report } = tapText(
      'data: {"type":"message_start","message":{"model":"asked"}}\n\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"fallback","to":{"model":"served"}}}\n\n',
    );
    expect(report).toMatchObject({ servedModel: 'asked', fallbackModel: 'served' });
  });

  test('counting answers with a number and no usage', () => {
    const tap = anthropic.createTap({ isStream: false, operation: 'count_tokens' });
    tap.push(encode('{"input_tokens": 12}'));
    expect(tap.end().phase).toBe('terminal');
    expect(tap.report()).toMatchObject({ isGarbage: false, usage: undefined });
  });
});

test('a provider that failed and may recover is a 529, which Claude Code tries three times instead of eleven', () => {
  expect(anthropic.renderError(problemOf('upstream', true), 'r').status).toBe(529);
  expect(anthropic.renderError(problemOf('upstream'), 'r').status).toBe(502);
  expect(anthropic.renderError(problemOf('overloaded', true), 'r').status).toBe(529);
  expect(JSON.parse(anthropic.renderError(problemOf('no-credit'), 'r').body)).toEqual({
    type: 'error',
    error: { type: 'billing_error', message: 'This happened. Do that.' },
    request_id: 'r',
  });
});
