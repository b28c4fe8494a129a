/**
 * Method: a gateway on a real NATS server and a provider that is scripted on the wire. What the client got, what the provider saw and what
 * the streams hold are compared after each request.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RecordedEvent } from '@lurus/events/event';
import { billingEvents } from '@lurus/streams/billing-events';
import { llmEvents } from '@lurus/streams/llm-events';
import { beforeAll, describe, expect, test, vi } from 'vitest';
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
import { walletPartition } from './wallet-partition.ts';

const gateway = useGateway({
  LURUS_SILENCE_TIMEOUT_MS: '400',
  LURUS_DRAIN_TIMEOUT_MS: '400',
  LURUS_KEEP_ALIVE_MS: '150',
  LURUS_WRITE_STALL_TIMEOUT_MS: '1500',
});
const { views, provider } = gateway;
let key = '';

beforeAll(async () => {
  await views.provider(provider.url, { priority: 10 });
  await views.price('*');
  key = (await views.key()).secret;
});

const post = (over: object = {}, sent: object = {}): Promise<Answer> =>
  gateway.send({ key, path: '/v1/messages?beta=true', body: requestBody(over), ...sent });

const idOf = (answer: Answer): string => String(answer.headers['x-lurus-request-id']);

/** The events of a request once its ending has been recorded. */
async function factsOf(requestId: string): Promise<{ readonly billing: RecordedEvent[]; readonly llm: RecordedEvent[] }> {
  const llm = await vi.waitFor(async () => {
    const events = await gateway.eventsOf(llmEvents, requestId);
    expect(events.some(({ name }) => /completed|failed|cancelled/.test(name))).toBe(true);
    return events;
  }, 10_000);
  return { billing: await gateway.eventsOf(billingEvents, requestId), llm };
}

const names = (events: readonly RecordedEvent[]): string[] => events.map(({ name }) => name);

/** The request id of the only request that the provider saw. */
const seenId = (): string => String(provider.seen[0]?.headers['x-lurus-request-id']);

describe('an answer that goes well', () => {
  test('a stream passes byte for byte, and its bytes are what is charged', async () => {
    provider.script = answerStream();
    const answer = await post();
    expect(answer.status).toBe(200);
    expect(answer.text).toBe(wholeStream);
    expect(answer.headers['content-type']).toBe(streamHead['content-type']);
    const { billing, llm } = await factsOf(idOf(answer));
    expect(names(billing)).toEqual(['hold.placed', 'usage.settled']);
    expect(billing[1]?.data).toMatchObject({
      inputTokens: 1_000,
      outputTokens: 200,
      amountNanos: 1_000n * 3_000n + 200n * 15_000n,
      isEstimated: false,
      reason: 'complete',
      servedModel: 'claude-served',
      attempt: 1,
    });
    expect(names(llm)).toEqual(['request.attempted', 'request.completed']);
    expect(llm[1]?.data).toMatchObject({ reason: 'complete', status: 200, responseBytes: wholeStream.length, stopReported: 'end_turn' });
  });

  test('the request reaches the provider byte for byte, with its own credential and without the key', async () => {
    provider.script = answerStream();
    const headers = {
      'anthropic-beta': 'one,two',
      'anthropic-version': '2026-10-21',
      'x-codex-turn-state': 'state',
      'accept-encoding': 'gzip',
    };
    await post({}, { headers, path: `/v1/messages?beta=true&key=${key}` });
    const [seen] = provider.seen;
    expect(seen?.body.toString()).toBe(requestBody());
    expect(seen?.url).toBe('/v1/messages?beta=true');
    expect(seen?.headers).toMatchObject({ ...headers, 'accept-encoding': 'identity', 'x-api-key': 'provider-credential' });
    expect(JSON.stringify(seen?.headers)).not.toContain(key);
  });

  test('an answer that is no stream comes whole with its length', async () => {
    provider.script = (response) => void response.writeHead(200, { 'content-type': 'application/json' }).end(wholeMessage);
    const answer = await post({ stream: false });
    expect(answer.text).toBe(wholeMessage);
    expect(answer.headers['content-length']).toBe(String(wholeMessage.length));
    expect((await factsOf(idOf(answer))).billing[1]?.data).toMatchObject({ reason: 'complete', outputTokens: 200 });
  });

  test('a mapped model is renamed on the way, and the name that the client used is charged', async () => {
    const mapped = await views.provider(provider.url, { modelMapping: [{ pattern: 'nick', target: 'real-name' }], priority: 0 });
    provider.script = answerStream();
    const answer = await post({ model: 'nick' });
    await views.provider(provider.url, { ...mapped, isRemoved: true });
    expect(provider.seen[0]?.body.toString()).toBe(requestBody({ model: 'real-name' }));
    const { billing } = await factsOf(idOf(answer));
    expect(billing[1]?.data).toMatchObject({ model: 'nick', upstreamModel: 'real-name' });
  });

  test('when the client has the last frame, the settlement is in the stream', async () => {
    provider.script = answerStream();
    let settledAtStop: Promise<RecordedEvent[]> | undefined;
    const answer = await post(
      {},
      {
        onChunk: (chunk: Buffer) => {
          if (chunk.toString().includes('message_stop')) settledAtStop = gateway.eventsOf(billingEvents, seenId());
        },
      },
    );
    expect(answer.text).toContain('message_stop');
    expect(names((await settledAtStop) ?? [])).toEqual(['hold.placed', 'usage.settled']);
  });

  test('text arrives as it is generated, before the answer is whole', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    provider.script = async (response) => {
      response.writeHead(200, streamHead).write(messageStart() + blockStart + delta('first'));
      await held;
      response.end(messageDelta(5) + messageStop);
    };
    const answer = await post({}, { onChunk: (chunk: Buffer) => chunk.toString().includes('first') && release() });
    expect(answer.text).toContain('message_stop');
  });

  test('an explicit zero is charged as zero', async () => {
    const zero = messageStart({ input_tokens: 0, output_tokens: 0 }) + blockStart + delta('free') + messageDelta(0) + messageStop;
    provider.script = answerStream(zero);
    const { billing } = await factsOf(idOf(await post()));
    expect(billing[1]).toMatchObject({ name: 'usage.settled', data: { reason: 'zero_usage', amountNanos: 0n, lines: [] } });
  });

  test('a quiet stream is kept alive in the form of its dialect, also before the first word', async () => {
    provider.script = async (response) => {
      response.writeHead(200, streamHead).write(messageStart());
      await sleep(350);
      response.write(blockStart + delta('late'));
      await sleep(350);
      response.end(messageDelta(5) + messageStop);
    };
    const answer = await post();
    expect(answer.text.split('event: ping').length - 1).toBeGreaterThanOrEqual(3);
    expect(answer.text.replaceAll(/event: ping\n.*\n\n/g, '')).toBe(
      messageStart() + blockStart + delta('late') + messageDelta(5) + messageStop,
    );
  });
});

describe('a client that leaves', () => {
  test('before the first byte ends the call to the provider and pays nothing', async () => {
    provider.script = () => undefined;
    void post({}, { onSent: (abort: () => void) => setTimeout(abort, 60) });
    await vi.waitFor(() => expect(provider.seen).toHaveLength(1));
    await provider.seen[0]?.closed;
    const { billing, llm } = await factsOf(seenId());
    expect(names(billing)).toEqual(['hold.placed', 'hold.released']);
    expect(billing[1]?.data).toMatchObject({ reason: 'client_gone_before_answer' });
    expect(names(llm)).toEqual(['request.attempted', 'request.cancelled']);
    expect(llm[0]?.data).toMatchObject({ outcome: 'abandoned' });
  });

  test('in mid-answer pays what the provider reports at its end', async () => {
    provider.script = async (response) => {
      response.writeHead(200, streamHead).write(messageStart() + blockStart + delta('Hello'));
      await sleep(150);
      response.end(delta('nobody hears this') + messageDelta(200) + messageStop);
    };
    await post({}, { onChunk: (_chunk: Buffer, abort: () => void) => abort() });
    const { billing, llm } = await factsOf(seenId());
    expect(billing[1]?.data).toMatchObject({ reason: 'client_gone_drained', inputTokens: 1_000, outputTokens: 200, isEstimated: false });
    expect(names(llm)).toContain('request.cancelled');
  });

  test('is not drained for longer than the limit, and pays the best evidence', async () => {
    provider.script = (response) => {
      response.writeHead(200, streamHead).write(messageStart() + blockStart);
      const words = setInterval(() => response.write(delta('x'.repeat(40))), 50);
      response.once('close', () => clearInterval(words));
    };
    await post({}, { onChunk: (_chunk: Buffer, abort: () => void) => abort() });
    await provider.seen[0]?.closed;
    const { billing } = await factsOf(seenId());
    // Eight pieces of ten tokens fit into the drain; the placeholder of one token is no evidence, the hold's 64 are the limit.
    const outputTokens: unknown = expect.toSatisfy((tokens: number) => tokens > 40 && tokens <= 64);
    expect(billing[1]?.data).toMatchObject({ reason: 'client_gone_cut', inputTokens: 1_000, outputTokens, isEstimated: true });
  });

  test('as soon as it has the end has left nothing', async () => {
    provider.script = answerStream();
    await post({}, { onChunk: (chunk: Buffer, abort: () => void) => chunk.toString().includes('message_stop') && abort() });
    expect((await factsOf(seenId())).billing[1]?.data).toMatchObject({ reason: 'complete' });
  });
});

test('a client that takes nothing makes the provider wait, and counts as gone after the limit', async () => {
  const total = 32 * 1024 * 1024;
  let written = 0;
  provider.script = async (response) => {
    response.writeHead(200, streamHead).write(messageStart() + blockStart);
    const piece = delta('x'.repeat(16_000));
    while (written < total && !response.destroyed) {
      written += piece.length;
      if (!response.write(piece)) await once(response, 'drain').catch(() => undefined);
    }
    response.end(messageDelta(5_000_000) + messageStop);
  };
  const socket = connect(gateway.running().port, '127.0.0.1');
  const body = requestBody();
  socket.write(`POST /v1/messages HTTP/1.1\r\nHost: g\r\nx-api-key: ${key}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  await sleep(500);
  expect(written).toBeLessThan(total / 2);
  const { billing } = await factsOf(seenId());
  socket.destroy();
  expect(['client_gone_drained', 'client_gone_cut']).toContain((billing[1]?.data as { reason?: string } | undefined)?.reason); // A settlement has it.
});

test('the partition that vouches for a wallet is the one that the server chose', async () => {
  provider.script = answerStream();
  for (let wallets = 0; wallets < 6; wallets += 1) {
    const { secret, caller } = await views.key();
    const answer = await gateway.send({ key: secret, path: '/v1/messages', body: requestBody() });
    const [hold] = await gateway.eventsOf(billingEvents, idOf(answer));
    expect(hold?.partition).toBe(walletPartition(caller.walletId));
  }
});

describe('an answer that breaks after its first content', () => {
  test('by an error of the provider: the error reaches the client, the output so far is charged', async () => {
    const error = 'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n';
    provider.script = answerStream(messageStart() + blockStart + delta('x'.repeat(200)) + error);
    const answer = await post();
    expect(answer.text.endsWith(error)).toBe(true);
    const { billing, llm } = await factsOf(idOf(answer));
    expect(billing[1]?.data).toMatchObject({
      reason: 'upstream_failed_during_answer',
      inputTokens: 0,
      outputTokens: 50,
      isEstimated: true,
    });
    expect(names(llm)).toContain('request.failed');
  });

  test('by a lost connection: the stream ends with an error in its own form, after whole frames', async () => {
    provider.script = (response) => {
      response
        .writeHead(200, streamHead)
        .write(`${messageStart()}${blockStart}${delta('Hello')}event: content_block_delta\ndata: {"half`, () =>
          setTimeout(() => response.destroy(), 30),
        );
    };
    const answer = await post();
    expect(answer.isCut).toBe(false);
    expect(answer.text).not.toContain('half');
    expect(answer.text).toMatch(/event: error\ndata: \{"type":"error".*\n\n$/);
    expect((await factsOf(idOf(answer))).billing[1]?.data).toMatchObject({ reason: 'upstream_cut', inputTokens: 0 });
  });

  test('by silence: the stream ends with an error after the limit', async () => {
    provider.script = (response) => void response.writeHead(200, streamHead).write(messageStart() + blockStart + delta('Hello'));
    const answer = await post();
    expect(answer.text).toContain('event: error');
    expect((await factsOf(idOf(answer))).billing[1]?.data).toMatchObject({ reason: 'upstream_silent' });
  });
});
