import type { JournalConnection, StreamState } from '@lurus/journal/journal';
import { billingEvents } from '@lurus/streams/billing-events';
import { llmEvents } from '@lurus/streams/llm-events';
import { expect, test } from 'vitest';
import { checkIdentity } from './identity-check.ts';

const createdAt = '2026-11-23T08:00:00.000000001Z';
const stateOf = (more: Partial<StreamState>): StreamState => ({
  name: 'S',
  createdAt,
  firstSequence: 1,
  lastSequence: 100,
  messages: 100,
  bytes: 1,
  ...more,
});

/** A connection that only knows one stream state and the event ids `e1`, `e2`, … at their sequences. */
const connectionTo = (state: StreamState): JournalConnection =>
  ({
    streamState: async () => state,
    eventAt: async (_stream: unknown, sequence: number) =>
      sequence >= state.firstSequence && sequence <= state.lastSequence
        ? { outcome: 'unknown name', sequence, partition: 0, eventId: `e${sequence}`, name: 'x' }
        : undefined,
  }) as Partial<JournalConnection> as JournalConnection; // The check asks nothing else.

const check = (
  state: Partial<StreamState>,
  position: { sequence: number; lastId?: string; streamCreatedAt?: string },
  stream = billingEvents,
) =>
  checkIdentity({
    connection: connectionTo(stateOf(state)),
    stream,
    positions: new Map([[0, { partition: 0, lastId: `e${position.sequence}`, streamCreatedAt: createdAt, ...position }]]),
  });

test('the stream that was folded passes, at its beginning, in its middle and at its end', async () => {
  for (const sequence of [0, 1, 50, 100]) await check({}, { sequence, ...(sequence === 0 ? { lastId: '' } : {}) });
});

test.each([
  ['was made anew', {}, { sequence: 50, streamCreatedAt: 'earlier' }, 'it was re-created'],
  ['lost its tail', { lastSequence: 49 }, { sequence: 50 }, 'it lost its tail'],
  ['lost its beginning', { firstSequence: 52 }, { sequence: 50 }, 'the events between are gone'],
  ['lost its beginning before a view began', { firstSequence: 2 }, { sequence: 0, lastId: '' }, 'the events between are gone'],
  ['has other events under the same numbers', {}, { sequence: 50, lastId: 'e77' }, 'it is another history'],
] as const)('a stream that %s stops the projection', async (_what, state, position, reason) => {
  await expect(check(state, position)).rejects.toThrow(reason);
});

test('a view of a stream that keeps some days only begins wherever the stream begins now', async () => {
  await expect(check({ firstSequence: 40 }, { sequence: 0, lastId: '' }, llmEvents as never)).resolves.toMatchObject({ lastSequence: 100 });
});

test('an event at the position that has expired in the meantime is no mismatch as long as the next one is there', async () => {
  await check({ firstSequence: 51 }, { sequence: 50 });
});
