import { describe, expect, test } from 'vitest';
import { encode } from '../bytes.ts';
import { describeDialect, problemFrom, problemOf, requestTo } from '../dialect-suite.ts';
import { gemini } from './dialect.ts';

const BODY = { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] };
const PATH = '/v1beta/models/gemini-x:streamGenerateContent?alt=sse';
const read = (body: object, path = PATH, headers: Record<string, string> = {}) => gemini.readAsk(requestTo(path, body, headers));
const chunk = (rest: string) => `data: {"candidates":[{"content":{"parts":[{"text":"x"}]}${rest}}],"modelVersion":"v"}\r\n\r\n`;

describeDialect({
  dialect: gemini,
  path: PATH,
  body: BODY,
  model: 'gemini-x',
  wrong: { field: 'generationConfig', value: { maxOutputTokens: 'x' } },
  contentFrame: chunk(''),
  usageFrame: (usage) => `data: {"candidates":[],"modelVersion":"NAME","responseId":"NAME","usageMetadata":${usage}}\n\n`,
  hostileUsage: (value) => `{"promptTokenCount":${value},"candidatesTokenCount":${value},"thoughtsTokenCount":${value}}`,
  idsOf: (list) => (list as { models: { name: string }[] }).models.map(({ name }) => name), // The form under test.
});

describe('requests', () => {
  test('both versions, all three verbs, and models with percent-encoding are read from the path', () => {
    expect(read(BODY, '/v1/models/gemini-x:generateContent')).toMatchObject({ model: 'gemini-x', isStream: false, operation: 'generate' });
    expect(read(BODY, '/v1beta/models/gemini-x:countTokens')).toMatchObject({ operation: 'count_tokens', requestClass: 'count' });
    expect(read(BODY, '/v1beta/models/vendor%2Fgemini%3Ax:generateContent').model).toBe('vendor/gemini:x');
    expect(problemFrom(() => read(BODY, '/v1beta/models/%E0%A4%A:generateContent')).code).toBe('path_invalid');
    for (const path of ['/v1/models', '/v1beta/models/x', '/v1beta/models/x:embedContent', '/v1beta/models/:generateContent'])
      expect(gemini.serves({ method: 'POST', path })).toBe(false);
  });

  test("the upstream's name is encoded into the path", () => {
    const request = requestTo(PATH, BODY);
    const outgoing = gemini.prepare({ request, ask: gemini.readAsk(request), upstreamModel: 'a/b c' });
    expect(outgoing).toMatchObject({ path: '/v1beta/models/a%2Fb%20c:streamGenerateContent', query: '?alt=sse' });
    expect(outgoing.body).toBe(request.body);
  });

  test('bounds are read in both spellings', () => {
    expect(read({ ...BODY, generationConfig: { maxOutputTokens: 7, candidateCount: 2 } })).toMatchObject({
      maxOutputTokens: 7,
      choices: 2,
    });
    expect(read({ ...BODY, generation_config: { max_output_tokens: 8 } })).toMatchObject({ maxOutputTokens: 8, choices: 1 });
    expect(problemFrom(() => read({ ...BODY, generationConfig: 5 })).faults?.[0]?.path).toBe('generationConfig');
  });

  test('a session is the first content, the same on later turns', () => {
    const later = { contents: [...BODY.contents, { role: 'model', parts: [{ text: 'yes' }] }] };
    expect(read(later).sessionKey).toBe(read(BODY).sessionKey);
    expect(read({ contents: [{ role: 'user', parts: [{ text: 'ho' }] }] }).sessionKey).not.toBe(read(BODY).sessionKey);
    expect(read(BODY, PATH, { 'x-session-id': 's' }).sessionKey).toBe('s');
  });

  test("Gemini CLI's router and its help on the side are told from its turns", () => {
    const agent = { 'user-agent': 'GeminiCLI-tui/0.61.0/gemini-3 (linux; x64; terminal)' };
    const once = '/v1beta/models/gemini-x:generateContent';
    expect(read(BODY, PATH, agent)).toMatchObject({ clientFamily: 'gemini-cli', requestClass: 'main' });
    expect(read({ ...BODY, generationConfig: { responseJsonSchema: {} } }, once, agent).requestClass).toBe('router');
    expect(read(BODY, once, agent).requestClass).toBe('auxiliary');
    expect(read(BODY, once, { 'x-goog-api-client': 'google-genai-sdk/3.1.0 gl-node/v24' })).toMatchObject({
      clientFamily: 'google-genai-sdk',
      requestClass: 'main',
    });
  });
});

describe('answers', () => {
  test('from the stop reason on, bytes are withheld until the body ends', () => {
    const tap = gemini.createTap({ isStream: true });
    expect(tap.push(encode(chunk('')))).toEqual({ phase: 'content', terminalAt: undefined });
    const before = chunk('');
    expect(tap.push(encode(before + chunk(',"finishReason":"STOP"')))).toEqual({ phase: 'content', terminalAt: before.length });
    expect(tap.push(encode(chunk('')))).toEqual({ phase: 'content', terminalAt: 0 });
    expect(tap.end().phase).toBe('terminal');
  });

  test('a chunk with a stop reason is withheld before its blank line has come', () => {
    const tap = gemini.createTap({ isStream: true });
    expect(tap.push(encode(chunk(',"finishReason":"STOP"').trimEnd() + '\n'))).toEqual({ phase: 'undecided', terminalAt: 0 });
  });

  test('a function call after the stop reason still makes the stop class', () => {
    const tap = gemini.createTap({ isStream: true });
    tap.push(encode(chunk(',"finishReason":"STOP"')));
    tap.push(encode('data: {"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{}}}]}}]}\n\n'));
    expect(tap.report().stopClass).toBe('tool_calls');
  });

  test('a stop reason spelled inside a text means nothing', () => {
    const tap = gemini.createTap({ isStream: true });
    tap.push(encode('data: {"candidates":[{"content":{"parts":[{"text":"\\"finishReason\\": \\"STOP\\""}]}}]}\n\n'));
    expect(tap.end().phase).toBe('content');
  });

  test('counting answers with a number and no usage', () => {
    const tap = gemini.createTap({ isStream: false, operation: 'count_tokens' });
    tap.push(encode('{"totalTokens": 31}'));
    expect(tap.end().phase).toBe('terminal');
  });
});

test('Gemini CLI stops at a daily quota and waits as RetryInfo says', () => {
  const details = (kind: Parameters<typeof problemOf>[0]) =>
    JSON.stringify(JSON.parse(gemini.renderError(problemOf(kind, true), 'r').body).error.details);
  expect(details('no-credit')).toContain('PerDay');
  expect(details('no-credit')).not.toContain('RetryInfo');
  expect(details('overloaded')).toContain('"retryDelay":"5s"');
  expect(gemini.renderError(problemOf('overloaded', true), 'r').status).toBe(429);
});
