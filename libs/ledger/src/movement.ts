/** What the second fold says: what each wallet has, what is held, and what every event did. */
import type { billingCatalogue } from '@lurus/events/catalogue/billing';
import type { EventOf, RecordedEvent } from '@lurus/events/event';

/** One recorded fact about money. */
export type MoneyEvent = RecordedEvent<EventOf<(typeof billingCatalogue)[number]>>;

/** What a wallet has at one event. Amounts in nano-dollars. */
export interface Account {
  available: bigint;
  held: bigint;
  credited: bigint;
  spent: bigint;
  lost: bigint;
  /** Empty while only events without one were seen. */
  userId: string;
  /** The last event of the wallet. */
  last: MoneyEvent;
}

/** Money that is set apart for a request that runs; `nanos` is what the wallet really had for it. */
export interface OpenHold {
  readonly nanos: bigint;
  readonly event: MoneyEvent & { readonly name: 'hold.placed' };
}

/** What one event did, and why it did something else than its name says, where it did. */
export interface Movement {
  readonly event: MoneyEvent;
  readonly account: Account;
  readonly amount: bigint;
  readonly availableDelta: bigint;
  readonly heldDelta: bigint;
  readonly loss: bigint;
  readonly deviation: '' | 'late' | 'repeated' | 'unheld' | 'short';
  /** The hold that this event opened or ended. */
  readonly opened: OpenHold | undefined;
  readonly ended: OpenHold | undefined;
}
