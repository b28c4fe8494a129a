/**
 * A wallet as a pure fold. Available and held money change only here; neither is ever negative, and
 * `available + held = credited - spent` holds after every event. What a wallet cannot pay is the house's loss, never a debt.
 */
import type { Instant } from '@lurus/base/clock';
import type { EventId, KeyId, RequestId, TenantId, UserId, WalletId } from '@lurus/base/ids';
import { type Nanos, nanos } from '@lurus/base/money';

export interface Wallet {
  readonly walletId: WalletId;
  /** Empty until an event names it: a wallet's first event may be one that carries no user. */
  readonly userId: UserId | '';
  readonly tenantId: TenantId | '';
  readonly availableNanos: Nanos;
  readonly heldNanos: Nanos;
  /** All that came in, corrections included. */
  readonly creditedNanos: Nanos;
  /** All that settlements took. */
  readonly spentNanos: Nanos;
  /** What settlements could not take. */
  readonly lostNanos: Nanos;
  /** The event that this is true at. */
  readonly sequence: number;
  readonly updatedAt: Instant | '';
  /** What the event at hand is about: its request, or the reference of a credit. */
  readonly matter: Matter;
}

/** Money reserved for one request. `amountNanos` is what could be reserved, which is less than asked for where the wallet had less. */
export interface Hold {
  readonly requestId: RequestId;
  readonly keyId: KeyId;
  readonly userId: UserId;
  readonly model: string;
  readonly amountNanos: Nanos;
  readonly priceVersion: EventId;
  readonly placedAt: Instant;
  readonly expiresAt: Instant;
  readonly sequence: number;
  readonly eventId: EventId;
}

/** What is known about the thing that an event is about, before and after it. */
export type Matter =
  | { readonly kind: 'unseen' }
  | { readonly kind: 'held'; readonly hold: Hold }
  | { readonly kind: 'ended'; readonly how: 'released' | 'expired' | 'settled' }
  | { readonly kind: 'credited' };

const NOTHING = nanos(0n);
const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/** A wallet before its first event. */
export const emptyWallet = (walletId: WalletId): Wallet => ({
  walletId,
  userId: '',
  tenantId: '',
  availableNanos: NOTHING,
  heldNanos: NOTHING,
  creditedNanos: NOTHING,
  spentNanos: NOTHING,
  lostNanos: NOTHING,
  sequence: 0,
  updatedAt: '',
  matter: { kind: 'unseen' },
});

/** Money came in. A reference that was credited before changes nothing. */
export function credit(wallet: Wallet, input: { readonly amountNanos: Nanos }): Wallet {
  if (wallet.matter.kind === 'credited') return wallet;
  return {
    ...wallet,
    availableNanos: nanos(wallet.availableNanos + input.amountNanos),
    creditedNanos: nanos(wallet.creditedNanos + input.amountNanos),
    matter: { kind: 'credited' },
  };
}

/** A correction of either sign; a negative one takes at most what is available, never what is held for running requests. */
export function adjust(wallet: Wallet, input: { readonly amountNanos: Nanos }): Wallet {
  const lowest = 0n - wallet.availableNanos;
  const change = input.amountNanos < lowest ? lowest : input.amountNanos;
  return {
    ...wallet,
    availableNanos: nanos(wallet.availableNanos + change),
    creditedNanos: nanos(wallet.creditedNanos + change),
  };
}

/** Reserves money for a request, at most what is available. A request holds once; a hold that arrives after its end reserves nothing. */
export function placeHold(wallet: Wallet, hold: Hold): Wallet {
  if (wallet.matter.kind !== 'unseen') return wallet;
  const amountNanos = nanos(least(hold.amountNanos, wallet.availableNanos));
  return {
    ...wallet,
    availableNanos: nanos(wallet.availableNanos - amountNanos),
    heldNanos: nanos(wallet.heldNanos + amountNanos),
    matter: { kind: 'held', hold: { ...hold, amountNanos } },
  };
}

/** Gives back what a request holds, if it still holds anything: the first end of a request counts. */
export function giveBack(wallet: Wallet, how: 'released' | 'expired'): Wallet {
  if (wallet.matter.kind === 'unseen') return { ...wallet, matter: { kind: 'ended', how } };
  if (wallet.matter.kind !== 'held') return wallet;
  const { amountNanos } = wallet.matter.hold;
  return {
    ...wallet,
    availableNanos: nanos(wallet.availableNanos + amountNanos),
    heldNanos: nanos(wallet.heldNanos - amountNanos),
    matter: { kind: 'ended', how },
  };
}

/**
 * Charges a request: from its hold first, then from what is available; the rest is lost. A request whose hold expired, or whose hold never
 * arrived, is charged all the same, since its tokens were used; one that was settled or released before is not charged again.
 */
export function settle(wallet: Wallet, input: { readonly amountNanos: Nanos }): Wallet {
  const { matter } = wallet;
  if (matter.kind === 'ended' && matter.how !== 'expired') return wallet;
  const held = matter.kind === 'held' ? matter.hold.amountNanos : NOTHING;
  const taken = least(input.amountNanos, held + wallet.availableNanos);
  return {
    ...wallet,
    availableNanos: nanos(wallet.availableNanos + held - taken),
    heldNanos: nanos(wallet.heldNanos - held),
    spentNanos: nanos(wallet.spentNanos + taken),
    lostNanos: nanos(wallet.lostNanos + input.amountNanos - taken),
    matter: { kind: 'ended', how: 'settled' },
  };
}
