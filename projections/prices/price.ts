/** The price of one model pattern of one tenant, as a pure fold: the version in force, or the last one that was. */
import type { Instant } from '@lurus/base/clock';
import type { EventId, TenantId } from '@lurus/base/ids';
import type { pricePublished, priceWithdrawn } from '@lurus/events/catalogue/provider';
import type { EventOf, RecordedEvent } from '@lurus/events/event';

type Published = EventOf<typeof pricePublished>['data'];

export interface PublishedPrice {
  readonly kind: 'published';
  readonly tenantId: TenantId;
  readonly model: string;
  /** Id of the event that published it. */
  readonly priceVersion: EventId;
  readonly rates: Published['rates'];
  readonly tiers: Published['tiers'];
  readonly isFree: boolean;
  readonly publishedAt: Instant;
  readonly publishedSequence: number;
  readonly withdrawnAt: Instant | null;
  readonly actor: string;
  /** The last event about this pattern, which published or withdrew it. */
  readonly sequence: number;
}

export type Price = { readonly kind: 'unpriced' } | PublishedPrice;

export const unpriced: Price = { kind: 'unpriced' };

/** A price came into force. */
export function publishPrice(_before: Price, event: RecordedEvent<EventOf<typeof pricePublished>>): Price {
  return {
    kind: 'published',
    tenantId: event.tenantId,
    ...event.data,
    priceVersion: event.id,
    publishedAt: event.at,
    publishedSequence: event.sequence,
    withdrawnAt: null,
    sequence: event.sequence,
  };
}

/** The pattern has no price any more; withdrawing twice changes nothing. Throws when it never had one. */
export function withdrawPrice(before: Price, event: RecordedEvent<EventOf<typeof priceWithdrawn>>): Price {
  if (before.kind === 'unpriced') throw new Error(`the model pattern "${event.data.model}" never had a price`);
  return { ...before, withdrawnAt: before.withdrawnAt ?? event.at, sequence: event.sequence };
}
