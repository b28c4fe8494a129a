/** Publishing and withdrawing prices. Every publication is a new version; requests already accepted keep the one that they pinned. */
import { instantOf } from '@lurus/base/clock';
import { type EventId, type TenantId, EventIdSchema } from '@lurus/base/ids';
import { keyToken } from '@lurus/events/bucket';
import { pricePublished, priceWithdrawn } from '@lurus/events/catalogue/provider';
import type { EventOf } from '@lurus/events/event';
import { appendOnce, recordedFact } from '@lurus/journal/append-once';
import { type EventReference, becomesVisible, commandEventId, refuseAnotherCommand } from '@lurus/service/command';
import { providerEvents } from '@lurus/streams/provider-events';
import { type ContextTier, type Price, type Rates, findPrice, findPriceVersion } from './prices.ts';
import { ACTOR, type ProviderService } from './provider.ts';
import { priceUnknown } from './problems.ts';

interface PriceCommand {
  readonly tenantId: TenantId;
  readonly model: string;
  readonly idempotencyKey: string | undefined;
}

export interface PublishPrice extends PriceCommand {
  readonly rates: Rates;
  readonly tiers: ContextTier[];
  readonly isFree: boolean;
}

export interface PriceOutcome {
  readonly price: Price;
  readonly event: EventReference;
  readonly isApplied: boolean;
}

/** Which version was withdrawn; nothing of the pattern is in force any more. */
export interface WithdrawnPrice {
  readonly priceVersion: EventId;
  readonly event: EventReference;
  readonly isApplied: boolean;
}

type PriceData = EventOf<typeof pricePublished>['data'];

const inTurnOf = <T>(service: ProviderService, { tenantId, model }: PriceCommand, work: () => Promise<T>): Promise<T> =>
  service.inTurn(`price ${tenantId} ${model}`, work);

/** Publishes the price of a model pattern: from now on requests for it are rated so. */
export function publishPrice(service: ProviderService, command: PublishPrice): Promise<PriceOutcome> {
  const { tenantId, model, rates, tiers, isFree, idempotencyKey } = command;
  const operation = 'publish-price';
  const data: PriceData = { model, rates, tiers, isFree, actor: ACTOR };
  return inTurnOf(service, command, async () => {
    const id = eventIdOf(service, { tenantId, operation, idempotencyKey });
    const earlier = idempotencyKey === undefined ? undefined : await findPriceVersion(service, id);
    if (earlier) {
      const known = { definition: pricePublished, stream: providerEvents, id, sequence: earlier.sequence };
      refuseAnotherCommand({ operation, recorded: await recordedFact(service, known), asked: data });
      return { price: earlier, event: { id, stream: providerEvents.name, sequence: earlier.sequence }, isApplied: true };
    }
    const appended = await appendOnce(service, { definition: pricePublished, stream: providerEvents, id, tenantId, data });
    refuseAnotherCommand({ operation, recorded: appended.recorded, asked: data });
    const { event } = appended;
    const isApplied = await isPriced(service, { tenantId, model, sequence: event.sequence });
    const price = (isApplied ? await findPriceVersion(service, id) : undefined) ?? pendingPrice(service, { command, event });
    return { price, event, isApplied };
  });
}

/** The price as the view will show it. */
function pendingPrice(service: ProviderService, of: { readonly command: PublishPrice; readonly event: EventReference }): Price {
  const { tenantId, model, rates, tiers, isFree } = of.command;
  const publishedAt = instantOf(service.clock.nowMs());
  const priceVersion = EventIdSchema.parse(of.event.id);
  return {
    priceVersion,
    tenantId,
    model,
    rates,
    tiers,
    isFree,
    publishedAt,
    supersededAt: null,
    actor: ACTOR,
    sequence: of.event.sequence,
  };
}

/** Withdraws the price of a pattern. Throws a Problem 404 where none is in force. */
export function withdrawPrice(service: ProviderService, command: PriceCommand & { readonly reason: string }): Promise<WithdrawnPrice> {
  const { tenantId, model, reason, idempotencyKey } = command;
  return inTurnOf(service, command, async () => {
    const id = eventIdOf(service, { tenantId, operation: `withdraw-price ${model}`, idempotencyKey });
    const gone = await withdrawnBy(service, { command, id });
    if (gone) return gone;
    const price = await findPrice(service, { tenantId, model });
    if (!price) throw priceUnknown({ model, tenant: tenantId });
    const data = { model, reason, actor: ACTOR };
    const { event } = await appendOnce(service, { definition: priceWithdrawn, stream: providerEvents, id, tenantId, data });
    const isApplied = await isPriced(service, { tenantId, model, sequence: event.sequence });
    return { priceVersion: price.priceVersion, event, isApplied };
  });
}

/** What the first command of this idempotency key withdrew, where this is its repeat. */
async function withdrawnBy(
  service: ProviderService,
  { command, id }: { readonly command: PriceCommand; readonly id: EventId },
): Promise<WithdrawnPrice | undefined> {
  const current = service.prices.get(pricesKey(command));
  if (command.idempotencyKey === undefined || !current?.isWithdrawn) return undefined;
  const last = await service.connection.eventAt(providerEvents, current.sequence);
  if (last?.outcome !== 'event' || last.event.id !== id) return undefined;
  return { priceVersion: current.priceVersion, event: { id, stream: providerEvents.name, sequence: current.sequence }, isApplied: true };
}

const eventIdOf = (
  service: ProviderService,
  name: { readonly tenantId: TenantId; readonly operation: string; readonly idempotencyKey: string | undefined },
): EventId =>
  name.idempotencyKey === undefined
    ? EventIdSchema.parse(service.ids.ulid())
    : commandEventId({ tenantId: name.tenantId, operation: name.operation, idempotencyKey: name.idempotencyKey });

/** Where the PRICES bucket keeps a pattern. */
const pricesKey = (of: { readonly tenantId: TenantId; readonly model: string }): string => `${of.tenantId}.${keyToken(of.model)}`;

const isPriced = (
  service: ProviderService,
  at: { readonly tenantId: TenantId; readonly model: string; readonly sequence: number },
): Promise<boolean> => becomesVisible(() => (service.prices.get(pricesKey(at))?.sequence ?? 0) >= at.sequence);
