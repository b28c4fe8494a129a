/** Tells operators, in PROJECTOR_EVENTS, what a lane set aside and why it stopped. Ids come from the cause: told twice is stored once. */
import { instantOf } from '@lurus/base/clock';
import { derivedUlid, type EventId, EventIdSchema, type TenantId, unchecked, WalletIdSchema } from '@lurus/base/ids';
import { eventParked, projectionStopped, walletFrozen } from '@lurus/events/catalogue/projector';
import { makeEvent } from '@lurus/events/event';
import type { Journal } from '@lurus/journal/journal';
import type { Projection } from './define-projection.ts';
import type { Step } from './fold-batch.ts';

/** Texts of events hold 200 characters. */
const ERROR_CHARACTERS_MAX = 200;
/** These facts are the operators' own, whatever tenant an event belongs to. */
const OPERATORS = unchecked<TenantId>('main');

/** Who tells, and where. */
export interface Announcer {
  readonly journal: Journal;
  readonly projection: Projection;
  readonly stream: string;
  readonly source: string;
  readonly nowMs: () => number;
}

const brief = (error: string): string => error.slice(0, ERROR_CHARACTERS_MAX);

function about({ projection, stream }: Announcer, step: Step) {
  return { projection: projection.name, projectionVersion: projection.version, stream, sequence: step.sequence };
}

/** Tells that an event could not be applied, and that its wallet is frozen where money is at stake. */
export async function announcePoison(announcer: Announcer, step: Step, key: string): Promise<void> {
  const { journal, source, nowMs, projection, stream } = announcer;
  const cause = `${projection.name}:${projection.version}:${stream}:${step.sequence}`;
  const error = brief(step.fault?.error ?? '');
  // The time in the id is that of the first telling, unknown to a second one: the sequence stands in for it.
  const head = (what: string) => ({
    id: unchecked<EventId>(derivedUlid(`${what}:${cause}`, step.sequence)),
    at: instantOf(nowMs()),
    tenantId: OPERATORS,
    source,
  });
  const eventId = EventIdSchema.safeParse(step.eventId);
  const parked = { ...about(announcer, step), eventId: eventId.success ? eventId.data : null, error };
  await journal.append(eventParked, makeEvent(eventParked, { ...head('event.parked'), data: parked }));
  const walletId = WalletIdSchema.safeParse(key);
  if (projection.onPoison.kind !== 'freeze' || !walletId.success) return;
  const frozen = { ...about(announcer, step), walletId: walletId.data, error };
  await journal.append(walletFrozen, makeEvent(walletFrozen, { ...head('wallet.frozen'), data: frozen }));
}

/** Tells that the projection stopped for good. */
export async function announceStop(announcer: Announcer, error: string): Promise<void> {
  const { journal, source, nowMs, projection } = announcer;
  const id = unchecked<EventId>(derivedUlid(`projection.stopped:${projection.name}:${source}:${nowMs()}`, nowMs()));
  const data = { projection: projection.name, projectionVersion: projection.version, error: brief(error) };
  await journal.append(projectionStopped, makeEvent(projectionStopped, { id, at: instantOf(nowMs()), tenantId: OPERATORS, source, data }));
}
