/** From a message of a stream to what a projection sees. */
import { type Catalogue, decodeEvent } from '@lurus/events/codec';
import { type DomainEvent, subjectOf } from '@lurus/events/event';
import { partitionOf, type StreamDefinition } from '@lurus/events/stream';
import type { Delivery } from './journal.ts';

/** A message as a stream stores it; `subject` has the partition. */
export interface StoredMessage {
  readonly stream: StreamDefinition;
  readonly subject: string;
  readonly sequence: number;
  /** The header Nats-Msg-Id. */
  readonly eventId: string | undefined;
  readonly text: string;
  readonly isRedelivery: boolean;
}

/** Error texts go into events themselves. */
const ERROR_CHARACTERS_MAX = 200;

/** The subject that the producer published to: without the partition that the server inserted. */
function publishedSubject(message: StoredMessage): string {
  if (!message.stream.isPartitioned) return message.subject;
  const [domain, , ...rest] = message.subject.split('.');
  return [domain, ...rest].join('.');
}

/**
 * Rights are granted by subject, folds go by content. If the two could differ, a gateway could append "wallet.credited" under the subject of
 * a hold and mint money; so a message that is not what its subject says is poison.
 */
function subjectFault(catalogue: Catalogue, message: StoredMessage, event: DomainEvent): string | undefined {
  const definition = catalogue.definitions.get(event.name);
  const wanted = definition && subjectOf(definition, event);
  const given = publishedSubject(message);
  return wanted === given ? undefined : `${event.name} belongs under ${wanted}, but was published to ${given}`;
}

/** Reads one message. Never throws: what cannot be read is `poison`. */
export function readDelivery(catalogue: Catalogue, message: StoredMessage): Delivery {
  const { sequence, eventId, subject } = message;
  let partition = 0;
  try {
    partition = partitionOf(message.stream, subject);
    const decoded = decodeEvent(catalogue, message.text);
    if (decoded.outcome !== 'event') return { ...decoded, sequence, partition, eventId };
    const fault = subjectFault(catalogue, message, decoded.event);
    if (fault) return { outcome: 'poison', sequence, partition, subject, eventId, error: fault.slice(0, ERROR_CHARACTERS_MAX) };
    const event = { ...decoded.event, stream: message.stream.name, sequence, partition };
    return { outcome: 'event', event, isRedelivery: message.isRedelivery };
  } catch (cause) {
    const error = (cause instanceof Error ? cause.message : String(cause)).slice(0, ERROR_CHARACTERS_MAX);
    return { outcome: 'poison', sequence, partition, subject, eventId, error };
  }
}
