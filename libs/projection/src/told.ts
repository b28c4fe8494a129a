/** Events for specifications: given in order, without a server. */
import { type Instant, instantOf } from '@lurus/base/clock';
import { derivedUlid, type EventId, type TenantId, unchecked } from '@lurus/base/ids';
import { type DomainEvent, type EventDefinition, makeEvent, subjectOf } from '@lurus/events/event';
import { partitionOfToken } from '@lurus/events/partition';
import type { StreamDefinition } from '@lurus/events/stream';
import type { Delivery } from '@lurus/journal/journal';

/** An event that is told in a specification; its id and time follow from its place unless it names them. */
export interface Told {
  readonly name: string;
  at(place: { readonly sequence: number; readonly stream: StreamDefinition }): Delivery;
}

/** What may be said about an event beside its data. */
export interface ToldExtras {
  readonly id?: EventId;
  readonly at?: Instant;
  readonly tenantId?: TenantId;
  readonly source?: string;
}

/** The first event of a specification happened then, each later one a second after the one before. */
const BEGINNING_MS = Date.UTC(2026, 10, 23, 8, 0, 0);

/** Tells an event: `told(holdPlaced, { … })`. The data is parsed like any other. */
export function told<Name extends string, Data>(definition: EventDefinition<Name, Data>, data: Data, extras: ToldExtras = {}): Told {
  return {
    name: definition.name,
    at: ({ sequence, stream }) => {
      const epochMs = BEGINNING_MS + sequence * 1_000;
      const event: DomainEvent<Name, Data> = makeEvent(definition, {
        id: extras.id ?? unchecked<EventId>(derivedUlid(`${stream.name}:${sequence}`, epochMs)),
        at: extras.at ?? instantOf(epochMs),
        tenantId: extras.tenantId ?? unchecked<TenantId>('main'),
        source: extras.source ?? 'specification',
        data,
      });
      const partition = stream.isPartitioned ? partitionOfToken(subjectOf(definition, event).split('.').at(-1) ?? '') : 0;
      return { outcome: 'event', event: { ...event, stream: stream.name, sequence, partition }, isRedelivery: false };
    },
  };
}

/** A message that cannot be read, in the partition of its subject's last token. */
export function toldPoison(input: { readonly subject: string; readonly error: string }): Told {
  return {
    name: 'poison',
    at: ({ sequence, stream }) => ({
      outcome: 'poison',
      sequence,
      partition: stream.isPartitioned ? partitionOfToken(input.subject.split('.').at(-1) ?? '') : 0,
      subject: input.subject,
      eventId: undefined,
      error: input.error,
    }),
  };
}

/** Events at their places in a stream, from 1. */
export const deliveriesOf = (stream: StreamDefinition, events: readonly Told[]): Delivery[] =>
  events.map((event, index) => event.at({ sequence: index + 1, stream }));
