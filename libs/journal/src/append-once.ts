/** Appends the event of a command that may be a repeat: what the stream had already is told apart from what was added now. */
import type { Clock } from '@lurus/base/clock';
import { instantOf } from '@lurus/base/clock';
import type { EventId, TenantId } from '@lurus/base/ids';
import { type EventDefinition, makeEvent } from '@lurus/events/event';
import type { StreamDefinition } from '@lurus/events/stream';
import type { JournalConnection } from './journal.ts';

/** What a process needs to append facts of its own. */
export interface FactAppender {
  readonly connection: Pick<JournalConnection, 'journal' | 'eventAt'>;
  readonly clock: Clock;
  /** The source of the events: `billing-1`. */
  readonly source: string;
}

/** One fact, not yet an event. */
export interface Fact<Name extends string, Data> {
  readonly definition: EventDefinition<Name, Data>;
  readonly stream: StreamDefinition;
  readonly id: EventId;
  readonly tenantId: TenantId;
  readonly data: Data;
}

/** Where the fact stands, and what stands there: another command's data where its id had been used before. */
export interface AppendedFact<Data> {
  readonly event: { readonly id: EventId; readonly stream: string; readonly sequence: number };
  readonly recorded: Data;
  readonly wasThere: boolean;
}

// A command over HTTP answers within two seconds, also when the broker is away; the rest is left for the answer itself.
const COMMAND_APPEND_TIMEOUT_MS = 1_800;

/** Appends a fact, or finds the one that has its id. Rejects as `Journal.append` does, within two seconds. */
export async function appendOnce<Name extends string, Data>(appender: FactAppender, fact: Fact<Name, Data>): Promise<AppendedFact<Data>> {
  const { definition, id, tenantId, data } = fact;
  const event = makeEvent(definition, { id, tenantId, data, at: instantOf(appender.clock.nowMs()), source: appender.source });
  const appended = await appender.connection.journal.append(definition, event, { timeoutMs: COMMAND_APPEND_TIMEOUT_MS });
  const reference = { id, stream: appended.stream, sequence: appended.sequence };
  if (!appended.isDuplicate) return { event: reference, recorded: event.data, wasThere: false };
  const recorded = await recordedFact(appender, { definition, stream: fact.stream, id, sequence: appended.sequence });
  return { event: reference, recorded, wasThere: true };
}

/** A fact that a stream is known to hold, by its id and place. */
export interface KnownFact<Name extends string, Data> {
  readonly definition: EventDefinition<Name, Data>;
  readonly stream: StreamDefinition;
  readonly id: EventId;
  readonly sequence: number;
}

/** Reads what a fact says. Throws an Error where something else stands there, which means that stream and view do not belong together. */
export async function recordedFact<Name extends string, Data>(
  appender: Pick<FactAppender, 'connection'>,
  { definition, stream, id, sequence }: KnownFact<Name, Data>,
): Promise<Data> {
  const found = await appender.connection.eventAt(stream, sequence);
  if (found?.outcome === 'event' && found.event.id === id && found.event.name === definition.name)
    return definition.data.parse(found.event.data);
  throw new Error(`${stream.name} should have the ${definition.name} event ${id} at ${sequence}, but it does not stand there`);
}
