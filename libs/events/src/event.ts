/** What an event is, how one is declared, and the subject that it is published under. Pure: no clock, no chance, no network. */
import type { EventId, TenantId } from '@lurus/base/ids';
import type { Instant } from '@lurus/base/clock';
import type { z } from 'zod';

/** The first token of a subject; every stream carries exactly one domain. */
export type Domain = 'billing' | 'llm' | 'log' | 'identity' | 'provider' | 'projector';

/** One fact, as code sees it. `data` holds camelCase names, `bigint` amounts; see `codec.ts` for the JSON on the wire. */
export interface DomainEvent<Name extends string = string, Data = unknown> {
  readonly id: EventId;
  readonly name: Name;
  readonly version: number;
  /** When it happened, by the clock of the process that appended it. Order comes from the stream, never from here. */
  readonly at: Instant;
  readonly tenantId: TenantId;
  /** The process that appended it, for instance `gateway-1`. */
  readonly source: string;
  readonly data: Data;
}

/** An event as a stream keeps it. */
export type RecordedEvent<Event extends DomainEvent = DomainEvent> = Event & {
  readonly stream: string;
  /** Position in the stream, from 1. */
  readonly sequence: number;
  /** 0 to 15, given by the server from the subject's last token. */
  readonly partition: number;
};

export interface EventDefinition<Name extends string = string, Data = unknown> {
  /** `<entity>.<fact>` in the past tense, unique in the whole catalogue: `hold.placed`. */
  readonly name: Name;
  readonly version: number;
  readonly domain: Domain;
  /** One or two sentences for the reference page: what happened, and what it implies. */
  readonly says: string;
  readonly data: z.ZodType<Data>;
  /** What follows the tenant in the subject: the wallet for facts about money, nothing elsewhere. */
  subjectTail(data: Data): string | undefined; // A method, so that definitions of different data share one list type.
}

/** The event type of a definition: `EventOf<typeof holdPlaced>`. */
export type EventOf<Definition> = Definition extends EventDefinition<infer Name, infer Data> ? DomainEvent<Name, Data> : never;

export interface EventDeclaration<Name extends string, Shape extends z.ZodRawShape> {
  readonly name: Name;
  readonly version: number;
  readonly domain: Domain;
  readonly says: string;
  readonly data: z.ZodObject<Shape, z.core.$strict>;
  readonly subjectTail?: (data: z.output<z.ZodObject<Shape, z.core.$strict>>) => string | undefined;
}

/** Declares one event. A published (name, version) is frozen: `frozen-schemas.json` pins the hash of its schema. */
export function defineEvent<const Name extends string, Shape extends z.ZodRawShape>(
  declaration: EventDeclaration<Name, Shape>,
): EventDefinition<Name, z.output<z.ZodObject<Shape, z.core.$strict>>> {
  return { ...declaration, subjectTail: declaration.subjectTail ?? (() => undefined) };
}

/** The subject that an event is published under: `<domain>.<entity>.<fact>[.<tenant>[.<wallet>]]`. The server adds the partition. */
export function subjectOf<Name extends string, Data>(
  definition: EventDefinition<Name, Data>,
  event: { readonly tenantId: TenantId; readonly data: Data },
): string {
  const head = `${definition.domain}.${definition.name}`;
  // Operators' own streams are not divided by tenant.
  if (definition.domain === 'projector' || definition.domain === 'log') return head;
  const tail = definition.subjectTail(event.data);
  return tail === undefined ? `${head}.${event.tenantId}` : `${head}.${event.tenantId}.${tail}`;
}

/** Makes an event of a definition. The data is parsed, so that nothing misshapen can be appended. Throws ZodError. */
export function makeEvent<Name extends string, Data>(
  definition: EventDefinition<Name, Data>,
  event: { readonly id: EventId; readonly at: Instant; readonly tenantId: TenantId; readonly source: string; readonly data: Data },
): DomainEvent<Name, Data> {
  return {
    id: event.id,
    name: definition.name,
    version: definition.version,
    at: event.at,
    tenantId: event.tenantId,
    source: event.source,
    data: definition.data.parse(event.data),
  };
}
