import { describe, expect, test } from 'vitest';
import { encode, textOf } from '../bytes.ts';
import { describeDialect, problemOf, requestTo } from '../dialect-suite.ts';
import { openAiResponses } from './dialect.ts';

const BODY = {
  model: 'gpt-x',
  stream: true,
  input: [
    { type: 'message', role: 'developer', content: 'd' },
    { role: 'user', content: 'hi' },
  ],
};
const read = (body: object, headers: Record<string, string> = {}, path = '/v1/responses') =>
  openAiResponses.readAsk(requestTo(path, body, headers));
const tapText = (text: string) => {
  const tap = openAiResponses.createTap({ isStream: true });
  const step = tap.push(encode(text));
  return { step, end: tap.end(), report: tap.report() };
};

describeDialect({
  dialect: openAiResponses,
  path: '/v1/responses',
  body: BODY,
  model: 'gpt-x',
  wrong: { field: 'max_output_tokens', value: 'x' },
  contentFrame: 'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"x"}\n\n',
  usageFrame: (usage) =>
    `data: {"type":"response.completed","response":{"id":"NAME","model":"NAME","status":"completed","usage":${usage}}}\n\n`,
  hostileUsage: (value) => `{"input_tokens":${value},"output_tokens":${value}}`,
  idsOf: (list) => (list as { data: { id: string }[] }).data.map(({ id }) => id), // The form under test.
});

describe('requests', () => {
  test('a path without its version is served, and gets it upstream', () => {
    for (const path of ['/responses', '/responses/compact']) {
      const request = requestTo(path, BODY);
      expect(openAiResponses.serves(request)).toBe(true);
      const ask = openAiResponses.readAsk(request);
      expect(openAiResponses.prepare({ request, ask, upstreamModel: 'gpt-x' }).path).toBe(`/v1${path}`);
    }
    expect(read(BODY, {}, '/v1/responses/compact').requestClass).toBe('compaction');
  });

  test("Codex's session is its header, then the cache key, then the metadata; its thread is the sub-key", () => {
    const body = { ...BODY, prompt_cache_key: 'cache', client_metadata: { session_id: 'meta' } };
    const agent = { 'user-agent': 'codex_exec/0.169.0 (Debian)' };
    expect(read(body, { ...agent, 'session-id': 'head', 'thread-id': 't' })).toMatchObject({
      sessionKey: 'head',
      subKey: 't',
      clientFamily: 'codex',
    });
    expect(read(body).sessionKey).toBe('cache');
    expect(read({ ...BODY, client_metadata: { session_id: 'meta' } }).sessionKey).toBe('meta');
    expect(read(BODY).sessionKey).toMatch(/^derived-/);
    expect(read({ model: 'm', input: 'plain text' }).sessionKey).toMatch(/^derived-/);
  });

  test("Codex's titles, sub-agents and compactions are told apart by its own header", () => {
    const classOf = (turn: object | string) =>
      read(BODY, { 'x-codex-turn-metadata': typeof turn === 'string' ? turn : JSON.stringify(turn) }).requestClass;
    expect(classOf({ request_kind: 'turn', thread_source: 'user' })).toBe('main');
    expect(classOf({ request_kind: 'turn', thread_source: 'thread_title' })).toBe('title');
    expect(classOf({ request_kind: 'turn', thread_source: 'subagent' })).toBe('subagent');
    expect(classOf({ request_kind: 'compaction', thread_source: 'user' })).toBe('compaction');
    expect(classOf('{broken')).toBe('main');
  });
});

describe('answers', () => {
  test('the last frame is known by its first bytes, long before it is complete', () => {
    const tap = openAiResponses.createTap({ isStream: true });
    expect(tap.push(encode('data: {"type":"response.completed","response":{"id":'))).toMatchObject({ terminalAt: 0 });
    expect(tap.push(encode('"r","status":"completed"}}\n\n'))).toEqual({ phase: 'terminal', terminalAt: 0 });
  });

  test('a stream without its terminal event is cut, and a terminal event past the limit still ends it', () => {
    expect(tapText('data: {"type":"response.output_text.delta","delta":"x"}\n\n').end.phase).toBe('content');
    const tap = openAiResponses.createTap({ isStream: true });
    tap.push(encode('data: {"type":"response.completed","response":{"output":["'));
    for (let index = 0; index < 17; index++) tap.push(new Uint8Array(1_048_576).fill(0x78));
    expect(tap.push(encode('"]}}\n\n')).phase).toBe('terminal');
    expect(tap.report()).toMatchObject({ isUsageSuspect: true, usage: undefined });
  });

  test('text that comes in deltas and again in items is counted once', () => {
    const item = '{"type":"message","content":[{"type":"output_text","text":"abc"}]}';
    const { report } = tapText(
      `data: {"type":"response.output_text.delta","delta":"abc"}\n\ndata: {"type":"response.output_item.done","item":${item}}\n\ndata: {"type":"response.completed","response":{"status":"completed","output":[${item}]}}\n\n`,
    );
    expect(report.generatedBytes).toBe(3);
  });

  test('a call that only the finished item shows makes the stop class', () => {
    const { report } = tapText(
      'data: {"type":"response.output_item.done","item":{"type":"custom_tool_call","name":"exec","input":"ls"}}\n\ndata: {"type":"response.completed","response":{"id":"r","status":"completed"}}\n\n',
    );
    expect(report).toMatchObject({ stopClass: 'tool_calls', generatedBytes: 2 });
  });

  test('errors come flat or nested', () => {
    expect(tapText('data: {"type":"error","code":"rate_limit_exceeded","message":"slow down"}\n\n').report.error).toEqual({
      type: undefined,
      code: 'rate_limit_exceeded',
      message: 'slow down',
    });
    expect(tapText('data: {"type":"error","error":{"type":"t","code":"c","message":"m"}}\n\n').report.error).toEqual({
      type: 't',
      code: 'c',
      message: 'm',
    });
  });
});

test('a failure that a retry may mend is a 429 with a wait, since Codex storms on 5xx', () => {
  for (const kind of ['upstream', 'timeout', 'overloaded'] as const)
    expect(openAiResponses.renderError(problemOf(kind, true), 'r')).toMatchObject({ status: 429, headers: { 'retry-after': '5' } });
  expect(openAiResponses.renderError(problemOf('upstream'), 'r').status).toBe(502);
});

test('a stream ends with response.failed for Codex, then with an error for the SDK', () => {
  const text = textOf(openAiResponses.renderStreamError({ ...problemOf('rate-limited', true), retryAfterSeconds: 3 }, 'req_9'));
  const [failed, error] = text.split('\n\n');
  expect(failed).toMatch(/^event: response\.failed\ndata: \{"type":"response\.failed","response":\{"id":"req_9"/);
  expect(failed).toContain('Please try again in 3s.');
  expect(failed).toContain('"code":"rate_limit_exceeded"');
  expect(error).toMatch(/^event: error\ndata: \{"type":"error"/);
});
