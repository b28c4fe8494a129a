/**
 * Method: two providers scripted on the wire, the first one failing in every way there is. What the client got is compared with what the
 * second one answered, and with the attempts that the stream holds.
 */
import type { ServerResponse } from 'node:http';
import type { RecordedEvent } from '@lurus/events/event';
import { billingEvents } from '@lurus/streams/billing-events';
import { llmEvents } from '@lurus/streams/llm-events';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { answerError, answerStream, messageStart, requestBody, streamHead, wholeMessage, wholeStream } from './anthropic.fixture.ts';
import { type Answer, type ScriptedProvider, startProvider, useGateway } from './gateway.fixture.ts';

const gateway = useGateway({ LURUS_SILENCE_TIMEOUT_MS: '200', LURUS_FIRST_BYTE_TIMEOUT_MS: '200' });
const { views, provider: first } = gateway;
let second: ScriptedProvider | undefined;
let key = '';

beforeAll(async () => {
  second = await startProvider(answerStream());
  await views.provider(first.url, { priority: 1, provider: 'first' });
  await views.provider(second.url, { priority: 2, provider: 'second' });
  await views.provider('http://127.0.0.1:1', { priority: 3, provider: 'third', models: ['three-*'] });
  await views.price('*');
  key = (await views.key()).secret;
});
beforeEach(() => {
  if (!second) return;
  second.script = answerStream();
  second.seen.length = 0;
});
afterAll(() => second?.stop());

const post = (over: object = {}): Promise<Answer> => gateway.send({ key, path: '/v1/messages', body: requestBody(over) });

async function factsOf(answer: Answer): Promise<{ readonly billing: RecordedEvent[]; readonly attempts: unknown[] }> {
  const requestId = String(answer.headers['x-lurus-request-id']);
  const llm = await vi.waitFor(async () => {
    const events = await gateway.eventsOf(llmEvents, requestId);
    expect(events.some(({ name }) => /completed|failed|cancelled/.test(name))).toBe(true);
    return events;
  }, 10_000);
  const attempts = llm.filter(({ name }) => name === 'request.attempted').map(({ data }) => data);
  return { billing: await gateway.eventsOf(billingEvents, requestId), attempts };
}

const errorFrame = 'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n';

const failures: readonly [says: string, script: (response: ServerResponse) => void, outcome: string, isStream: boolean][] = [
  ['429', answerError(429, 'rate_limit_error', { 'retry-after': '1' }), 'refused', true],
  ['500', answerError(500), 'refused', true],
  ['503', answerError(503), 'refused', true],
  ['529', answerError(529, 'overloaded_error'), 'refused', true],
  ['401 to our credential', answerError(401, 'authentication_error'), 'refused', true],
  ['403 to our credential', answerError(403, 'permission_error'), 'refused', true],
  ['402 to our account', answerError(402, 'billing_error'), 'refused', true],
  ['a redirect', (response) => void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(), 'failed', true],
  ['a connection that breaks at once', (response) => void response.destroy(), 'cut', true],
  ['no answer at all', () => undefined, 'timed_out', true],
  ['a head and then silence', (response) => response.writeHead(200, streamHead).flushHeaders(), 'timed_out', true],
  ['a 200 with an error frame', answerStream(errorFrame), 'failed', true],
  ['an error frame after message_start', answerStream(messageStart() + errorFrame), 'failed', true],
  ['a stream cut before its first content', answerStream(messageStart()), 'cut', true],
  [
    'a stream that falls silent before its first content',
    (response) => void response.writeHead(200, streamHead).write(messageStart()),
    'timed_out',
    true,
  ],
  ['a page of HTML', (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>sorry</html>'), 'failed', true],
  ['an empty 200', (response) => void response.writeHead(200, streamHead).end(), 'failed', true],
  [
    'half a JSON answer',
    (response) => void response.writeHead(200, { 'content-type': 'application/json' }).end(wholeMessage.slice(0, 60)),
    'failed',
    false,
  ],
  [
    'a JSON error in a 200',
    (response) =>
      void response
        .writeHead(200, { 'content-type': 'application/json' })
        .end('{"type":"error","error":{"type":"api_error","message":"no"}}'),
    'failed',
    false,
  ],
];

test.each(failures)('%s of one provider is answered by the next', async (_says, script, outcome, isStream) => {
  first.script = script;
  if (second && !isStream)
    second.script = (response) => void response.writeHead(200, { 'content-type': 'application/json' }).end(wholeMessage);
  const answer = await post({ stream: isStream });
  expect(answer).toMatchObject({ status: 200, text: isStream ? wholeStream : wholeMessage });
  const { billing, attempts } = await factsOf(answer);
  expect(attempts).toMatchObject([
    { attempt: 1, provider: 'first', outcome },
    { attempt: 2, provider: 'second', outcome: 'answered' },
  ]);
  expect(billing.map(({ name }) => name)).toEqual(['hold.placed', 'usage.settled']);
  expect(billing[1]?.data).toMatchObject({ attempt: 2, provider: 'second', outputTokens: 200 });
  expect(first.seen).toHaveLength(1);
});

test.each([400, 404, 413, 422])('an error %i of the request itself passes as it is, and nobody else is asked', async (status) => {
  first.script = answerError(status, 'invalid_request_error', { 'request-id': 'req_1', 'set-cookie': 'a=b' });
  const answer = await post();
  expect(answer).toMatchObject({
    status,
    text: `{"type":"error","error":{"type":"invalid_request_error","message":"provider says ${status}"}}`,
  });
  expect(answer.headers).toMatchObject({ 'request-id': 'req_1' });
  expect(answer.headers['set-cookie']).toBeUndefined();
  expect(second?.seen).toHaveLength(0);
  const { billing } = await factsOf(answer);
  expect(billing.map(({ name }) => name)).toEqual(['hold.placed', 'hold.released']);
  expect(billing[1]?.data).toMatchObject({ reason: 'upstream_refused' });
});

test('where every provider is busy the client gets what the last of them said', async () => {
  first.script = answerError(500);
  if (second) second.script = answerError(429, 'rate_limit_error', { 'retry-after': '7' });
  const answer = await post();
  expect(answer).toMatchObject({ status: 429, text: expect.stringContaining('provider says 429') as unknown });
  expect(answer.headers['retry-after']).toBe('7');
  expect((await factsOf(answer)).billing[1]?.data).toMatchObject({ reason: 'upstream_refused' });
});

test('a real answer is worth more than a later dead connection', async () => {
  first.script = answerError(529, 'overloaded_error');
  if (second) second.script = answerError(529, 'overloaded_error');
  const answer = await post({ model: 'three-providers' });
  expect(answer).toMatchObject({ status: 529, text: expect.stringContaining('provider says 529') as unknown });
  expect((await factsOf(answer)).attempts).toMatchObject([{}, {}, { provider: 'third', outcome: 'failed' }]);
});

test('a refusal of our own credential is never shown as the client’s', async () => {
  first.script = answerError(401, 'authentication_error');
  if (second) second.script = answerError(403, 'permission_error');
  const answer = await post();
  expect(answer.status).toBe(529); // So that Claude Code tries three times and not eleven.
  expect(answer.text).not.toContain('provider says');
  expect(answer.text).not.toContain('authentication_error');
  expect(answer.text).toContain('refused the credential');
  expect((await factsOf(answer)).billing[1]?.data).toMatchObject({ reason: 'upstream_failed_before_answer' });
});

test('the error frame of the last provider passes on', async () => {
  first.script = (response) => void response.destroy();
  if (second) second.script = answerStream(messageStart() + errorFrame);
  const answer = await post();
  expect(answer).toMatchObject({ status: 200, text: messageStart() + errorFrame });
  const { billing } = await factsOf(answer);
  expect(billing.map(({ name }) => name)).toEqual(['hold.placed', 'hold.released']);
  expect(billing[1]?.data).toMatchObject({ reason: 'upstream_failed_during_answer' });
});

test('garbage from everybody is an error of the gateway, in the dialect’s form', async () => {
  first.script = (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>');
  if (second) second.script = (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>');
  const answer = await post();
  expect(answer.status).toBe(529); // So that Claude Code tries three times and not eleven.
  expect(JSON.parse(answer.text)).toMatchObject({ type: 'error' });
  expect((await factsOf(answer)).billing[1]?.data).toMatchObject({ reason: 'upstream_garbage' });
});

test('a provider that failed just now is asked last', async () => {
  first.script = answerError(500);
  await post();
  await post();
  expect([first.seen.length, second?.seen.length]).toEqual([1, 2]);
});
