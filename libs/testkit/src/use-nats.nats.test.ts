import { allStreams } from '@lurus/streams/all';
import { llmEvents } from '@lurus/streams/llm-events';
import { expect, test } from 'vitest';
import { useNats } from './use-nats.ts';

const nats = useNats();

test('the server of a test file has every stream declared and keeps it over a crash', async () => {
  const log = await nats.connectAs('log');
  for (const stream of allStreams) expect((await log.streamState(stream)).messages).toBe(0);
  await nats.crash();
  await expect.poll(() => log.isConnected()).toBe(true);
  expect((await log.streamState(llmEvents)).name).toBe('LLM_EVENTS');
});

test('a process that was never declared has no seed', () => {
  expect(() => nats.seedOf('stranger')).toThrow('no process is called stranger');
});
