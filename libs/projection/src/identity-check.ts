/** Is this still the stream that was folded? Expiry, re-creation and rollback are silent otherwise: a consumer just waits, or skips. */
import type { StreamDefinition } from '@lurus/events/stream';
import type { Delivery, JournalConnection, StreamState } from '@lurus/journal/journal';
import { ProjectionStopped } from './failures.ts';
import type { Position, Positions } from './store.ts';

/** The id of the event in a delivery, as far as it could be read. */
export const eventIdOf = (delivery: Delivery): string | undefined => (delivery.outcome === 'event' ? delivery.event.id : delivery.eventId);

/** Why the stream is not the one that was folded up to `position`, or undefined where it is. */
function mismatch(stream: StreamDefinition, state: StreamState, position: Position): string | undefined {
  const { sequence } = position;
  if (position.streamCreatedAt !== state.createdAt) {
    return `was made on ${state.createdAt}, but the view was folded from one made on ${position.streamCreatedAt}: it was re-created`;
  }
  if (state.lastSequence < sequence) {
    return `ends at ${state.lastSequence}, but the view was folded up to ${sequence}: it lost its tail`;
  }
  // A view of a stream that keeps some days only may begin wherever that stream begins now.
  const mayBegin = sequence === 0 && stream.keepDays !== 'for ever';
  if (state.firstSequence > sequence + 1 && !mayBegin) {
    return `begins at ${state.firstSequence}, but the view was folded up to ${sequence}: the events between are gone`;
  }
  return undefined;
}

/**
 * Compares the stream with the positions: creation, first and last sequence, and the id of the event at each position.
 * Returns the stream's state. Throws ProjectionStopped with the reason where they do not fit.
 */
export async function checkIdentity(input: {
  readonly connection: JournalConnection;
  readonly stream: StreamDefinition;
  readonly positions: Positions;
}): Promise<StreamState> {
  const { connection, stream, positions } = input;
  const state = await connection.streamState(stream);
  const distinct = new Map(Array.from(positions.values(), (position) => [position.sequence, position]));
  for (const position of distinct.values()) {
    const reason = mismatch(stream, state, position) ?? (await otherEvent({ connection, stream, state, position }));
    if (reason !== undefined) {
      // The stream may have been made anew between the two looks: a third one tells that from an event that is missing.
      const why = mismatch(stream, await connection.streamState(stream), position) ?? reason;
      throw new ProjectionStopped(`${stream.name} ${why}. Rebuild the view under a new version, or restore the stream.`);
    }
  }
  return state;
}

async function otherEvent(input: {
  readonly connection: JournalConnection;
  readonly stream: StreamDefinition;
  readonly state: StreamState;
  readonly position: Position;
}): Promise<string | undefined> {
  const { sequence, lastId } = input.position;
  if (sequence === 0 || lastId === '' || sequence < input.state.firstSequence) return undefined;
  const delivery = await input.connection.eventAt(input.stream, sequence);
  if (!delivery) return `has no event at ${sequence}, where the view was folded up to: it was deleted`;
  const id = eventIdOf(delivery) ?? '';
  return id === lastId ? undefined : `has event ${id} at ${sequence}, but the view folded ${lastId} there: it is another history`;
}
