import { catalogue } from '@lurus/events/catalogue/all';
import type { StreamDefinition } from '@lurus/events/stream';
import type { JetStreamManager } from '@nats-io/jetstream';
import { readDelivery } from './delivery.ts';
import type { Delivery, StreamState } from './journal.ts';
import { isAbsent, serverFault } from './server-fault.ts';

/** What a stream says about itself. Throws journalAway or journalRefused. */
export async function readStreamState(manager: JetStreamManager, stream: StreamDefinition): Promise<StreamState> {
  try {
    const { created, state } = await manager.streams.info(stream.name);
    return {
      name: stream.name,
      createdAt: created,
      firstSequence: state.first_seq,
      lastSequence: state.last_seq,
      messages: state.messages,
      bytes: state.bytes,
    };
  } catch (cause) {
    throw serverFault(cause, `the state of ${stream.name}`);
  }
}

/**
 * The message at a sequence, undefined where there is none. Asks the leader: a follower may not have the message yet, and "absent" here stops
 * a projector.
 */
export async function readEventAt(manager: JetStreamManager, stream: StreamDefinition, sequence: number): Promise<Delivery | undefined> {
  try {
    const message = await manager.streams.getMessage(stream.name, { seq: sequence });
    if (!message) return undefined;
    return readDelivery(catalogue, {
      stream,
      subject: message.subject,
      sequence: message.seq,
      eventId: message.header.get('Nats-Msg-Id') || undefined,
      text: message.string(),
      isRedelivery: false,
    });
  } catch (cause) {
    if (isAbsent(cause)) return undefined;
    throw serverFault(cause, `message ${sequence} of ${stream.name}`);
  }
}
