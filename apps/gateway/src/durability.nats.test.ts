/**
 * Method: the NATS server is frozen (SIGSTOP) at chosen moments of a request, so that appends wait without an answer, and let go again.
 * What the client may have seen by then, and what the streams hold afterwards, is compared.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { billingEvents } from '@lurus/streams/billing-events';
import { llmEvents } from '@lurus/streams/llm-events';
import { beforeAll, expect, test, vi } from 'vitest';
import {
  answerStream,
  blockStart,
  delta,
  messageDelta,
  messageStart,
  messageStop,
  requestBody,
  streamHead,
  wholeMessage,
  wholeStream,
} from './anthropic.fixture.ts';
import { type Answer, useGateway } from './gateway.fixture.ts';

const gateway = useGateway({
  LURUS_HOLD_TIMEOUT_MS: '600',
  LURUS_SETTLE_TIMEOUT_MS: '600',
  LURUS_SHUTDOWN_TIMEOUT_MS: '3000',
  LURUS_HEARTBEAT_AGE_MAX_MS: '20000',
});
const { views, provider } = gateway;
let key = '';

beforeAll(async () => {
  await views.provider(provider.url);
  await views.price('*');
  key = (await views.key()).secret;
});

const post = (over: object = {}, sent: object = {}): Promise<Answer> =>
  gateway.send({ key, path: '/v1/messages', body: requestBody(over), ...sent });

const seenId = (): string => String(provider.seen.at(-1)?.headers['x-lurus-request-id']);

/** Keeps the server from answering while something happens. */
async function frozen<Value>(work: () => Promise<Value>): Promise<Value> {
  const pid = gateway.nats.server().pid();
  if (pid === undefined) throw new Error('NATS does not run');
  process.kill(pid, 'SIGSTOP');
  try {
    return await work();
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

const billingOf = (requestId: string): Promise<string[]> =>
  vi.waitFor(async () => {
    const events = await gateway.eventsOf(billingEvents, requestId);
    expect(events.length).toBeGreaterThan(1);
    return events.map(({ name }) => name);
  }, 15_000);

test.each([true, false])('a hold that is not recorded lets no byte through and costs nothing (stream: %s)', async (stream) => {
  provider.script = stream
    ? answerStream()
    : (response) => void response.writeHead(200, { 'content-type': 'application/json' }).end(wholeMessage);
  const startedMs = performance.now();
  const answer = await frozen(() => post({ stream }));
  expect(performance.now() - startedMs).toBeLessThan(2_000);
  expect(answer.status).toBe(503);
  expect(answer.headers['retry-after']).toBe('2');
  expect(answer.text).toContain('could not be reserved in time');
  expect(answer.text).not.toContain('Hello');
  // The append was on its way when it was given up: whether it was stored or not, the release follows it.
  const requestId = String(answer.headers['x-lurus-request-id']);
  const billing = await vi.waitFor(async () => {
    const events = await gateway.eventsOf(billingEvents, requestId);
    expect(events.at(-1)).toMatchObject({ name: 'hold.released', data: { reason: 'hold_not_recorded' } });
    return events;
  }, 15_000);
  expect(billing.length).toBeLessThanOrEqual(2);
});

test('a provider that is still thinking is let go when the hold cannot be recorded', async () => {
  provider.script = () => undefined;
  const answer = await frozen(() => post());
  expect(answer.status).toBe(503);
  await provider.seen.at(-1)?.closed;
});

test('a settlement that is not durable in time withholds the end of the stream, and is made up for', async () => {
  const pid = gateway.nats.server().pid() ?? 0;
  provider.script = async (response) => {
    response.writeHead(200, streamHead).write(messageStart() + blockStart + delta('Hello'));
    await sleep(100);
    process.kill(pid, 'SIGSTOP');
    response.end(messageDelta(200) + messageStop);
  };
  const answer = await post();
  process.kill(pid, 'SIGCONT');
  expect(answer.status).toBe(200);
  expect(answer.text).toContain('Hello');
  expect(answer.text).not.toContain('message_stop');
  expect(answer.text).toMatch(/event: error\n.*could not be recorded in time/);
  const requestId = String(answer.headers['x-lurus-request-id']);
  expect(await billingOf(requestId)).toEqual(['hold.placed', 'usage.settled']);
  await vi.waitFor(async () => {
    const logged = await gateway.eventsOf(llmEvents, requestId);
    expect(logged.map(({ name }) => name)).toEqual(['request.attempted', 'request.completed']);
  }, 15_000);
});

test('an answer that is no stream is not given out unsettled', async () => {
  const pid = gateway.nats.server().pid() ?? 0;
  provider.script = async (response) => {
    await sleep(100);
    process.kill(pid, 'SIGSTOP');
    response.writeHead(200, { 'content-type': 'application/json' }).end(wholeMessage);
  };
  const answer = await post({ stream: false });
  process.kill(pid, 'SIGCONT');
  expect(answer.status).toBe(503);
  expect(answer.text).not.toContain('Hello');
  expect(await billingOf(String(answer.headers['x-lurus-request-id']))).toEqual(['hold.placed', 'usage.settled']);
});

test('a server that crashes between hold and settlement costs neither the answer nor the charge', async () => {
  let crashed: Promise<void> | undefined;
  provider.script = async (response) => {
    response.writeHead(200, streamHead).write(messageStart() + blockStart + delta('Hello'));
    await sleep(50);
    crashed = gateway.nats.crash();
    await crashed;
    response.end(messageDelta(200) + messageStop);
  };
  const answer = await post();
  const billing = await billingOf(String(answer.headers['x-lurus-request-id']));
  expect(billing).toEqual(['hold.placed', 'usage.settled']);
});

test('a stopping gateway lets running answers finish, refuses new ones, and cuts and settles what is left', async () => {
  const other = await gateway.another();
  const sendTo = async (script: typeof provider.script): Promise<Answer> => {
    provider.script = script;
    const { send } = await import('./gateway.fixture.ts');
    return send(other.port, { path: '/v1/messages', headers: { 'x-api-key': key }, body: requestBody() });
  };
  await vi.waitFor(async () => expect((await sendTo(answerStream())).text).toBe(wholeStream), 5_000);
  const finishing = sendTo(async (response) => {
    response.writeHead(200, streamHead).write(messageStart() + blockStart + delta('Hello'));
    await sleep(500);
    response.end(messageDelta(200) + messageStop);
  });
  await sleep(150);
  const stuck = sendTo((response) => void response.writeHead(200, streamHead).write(messageStart() + blockStart + delta('never ends')));
  await sleep(150);
  const stuckId = seenId();
  const stopping = other.stop();
  await sleep(50);
  const [finished, cut] = await Promise.all([finishing, stuck]);
  await stopping;
  expect(finished.text).toContain('message_stop');
  expect(cut.text).toContain('This gateway is stopping');
  expect(await gateway.eventsOf(billingEvents, stuckId)).toMatchObject([
    { name: 'hold.placed' },
    { name: 'usage.settled', data: { reason: 'gateway_shutdown', inputTokens: 0 } },
  ]);
  expect((await gateway.eventsOf(llmEvents, stuckId)).map(({ name }) => name)).toEqual(['request.attempted', 'request.failed']);
});
