/**
 * Events on the wire: flat JSON with snake_case names, integers that can pass 2^53 as decimal strings, RFC 3339 times, so that
 * `nats sub --raw` reads well. Field order: id, type, v, time, source, tenant_id, then the data in the order of its schema.
 */
import { EventIdSchema, TenantIdSchema } from '@lurus/base/ids';
import { InstantSchema } from '@lurus/base/clock';
import { z } from 'zod';
import type { DomainEvent, EventDefinition } from './event.ts';
import { fromWire, toWire } from './wire.ts';

/** An event as the JSON text that streams keep. */
export function encodeEvent(event: DomainEvent): string {
  const { id, name, version, at, source, tenantId } = event;
  const head = JSON.stringify({ id, type: name, v: version, time: at, source, tenant_id: tenantId });
  const data = JSON.stringify(toWire(event.data));
  // Joined as text: one object of forty fields, put together at run time, takes the engine three times as long to print as these two.
  return data === '{}' ? head : `${head.slice(0, -1)},${data.slice(1)}`;
}

const Head = z.object({
  id: EventIdSchema,
  type: z.string(),
  v: z.number().int().positive(),
  time: InstantSchema,
  source: z.string(),
  tenant_id: TenantIdSchema,
});

/** Lifts the data of an older version to the next one. Pure. */
export type Upcaster = (data: Record<string, unknown>) => Record<string, unknown>;

/** What decoding came to: an event, a name that the catalogue does not have, or a known name in a version that it cannot read. */
export type Decoded =
  | { readonly outcome: 'event'; readonly event: DomainEvent }
  | { readonly outcome: 'unknown name'; readonly name: string }
  | { readonly outcome: 'unknown version'; readonly name: string; readonly version: number };

/** Everything that decoding knows: the events by name, and how old versions are lifted. */
export interface Catalogue {
  readonly definitions: ReadonlyMap<string, EventDefinition>;
  /** Keyed `name@version`: lifts that version to the next. */
  readonly upcasters: ReadonlyMap<string, Upcaster>;
}

/**
 * Reads one event. Older versions are lifted by the catalogue's upcasters.
 * Throws SyntaxError when the bytes are no JSON and ZodError when the fields are not the definition's.
 */
export function decodeEvent(catalogue: Catalogue, text: string): Decoded {
  const raw = z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  const head = Head.parse(raw);
  const definition = catalogue.definitions.get(head.type);
  if (!definition) return { outcome: 'unknown name', name: head.type };
  const { id: _id, type: _type, v: _v, time: _time, source: _source, tenant_id: _tenant, ...rest } = raw;
  let data = fromWire(rest) as Record<string, unknown>; // fromWire keeps the shape of an object.
  for (let version = head.v; version < definition.version; version += 1) {
    const lift = catalogue.upcasters.get(`${head.type}@${version}`);
    if (!lift) return { outcome: 'unknown version', name: head.type, version: head.v };
    data = lift(data);
  }
  if (head.v > definition.version) return { outcome: 'unknown version', name: head.type, version: head.v };
  const event: DomainEvent = {
    id: head.id,
    name: head.type,
    version: definition.version,
    at: head.time,
    source: head.source,
    tenantId: head.tenant_id,
    data: definition.data.parse(data),
  };
  return { outcome: 'event', event };
}
