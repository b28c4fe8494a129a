/**
 * What each wallet can still spend, as this gateway sees it: the projected balance, less the holds that this gateway placed and the balance
 * does not show yet. Holds are compared by sequence, so that none is counted twice and none is missed, however late the balance is.
 */
import { formatDollars, type Nanos, nanos } from '@lurus/base/money';
import type { WalletId } from '@lurus/base/ids';
import type { BucketValue } from '@lurus/events/bucket';
import { PARTITIONS } from '@lurus/events/stream';
import type { Mirror } from '@lurus/journal/journal';
import type { balancesBucket } from '@lurus/streams/buckets';
import { balancesUnknown, noCredit, walletFrozen } from './problems.ts';
import { walletPartition } from './wallet-partition.ts';

type BalanceEntry = BucketValue<typeof balancesBucket>;

export interface HoldBookOptions {
  /** A monotonic clock. */
  readonly nowMs: () => number;
  /** How old the last sign of life of a wallet's projector may be. */
  readonly heartbeatAgeMsMax: number;
}

/** Money set apart in memory for one request, until the balance shows it. */
export interface Claim {
  /** The stream has the hold at this sequence: from here on the balance shows it as soon as it is true at that sequence. */
  readonly recorded: (sequence: number) => void;
  /** The hold is not in the stream and will not be. */
  readonly dropped: () => void;
}

interface WalletClaims {
  unrecorded: bigint;
  readonly recorded: Map<number, bigint>;
}

/** Seconds after which a caller may ask again while balances are unknown: projectors are restarted within one or two. */
const RETRY_SECONDS = 2;

/** Guards what gateways must not get wrong: the sum of claims of a wallet. */
export class HoldBook {
  readonly #balances: Mirror<BalanceEntry>;
  readonly #options: HoldBookOptions;
  readonly #claims = new Map<WalletId, WalletClaims>();
  /** When the last sign of life of each partition came in, by our own clock: two processes' clocks are never compared. */
  readonly #heartbeatMs: (number | undefined)[] = Array.from({ length: PARTITIONS }, () => undefined);
  readonly #stopListening: () => void;

  constructor(balances: Mirror<BalanceEntry>, options: HoldBookOptions) {
    this.#balances = balances;
    this.#options = options;
    this.#stopListening = balances.onChange((_key, entry) => this.#onChange(entry));
  }

  /**
   * Sets money apart. Throws a Problem where the balance is unknown, the wallet frozen or the money not there; nothing is set apart then.
   */
  claim(walletId: WalletId, amount: Nanos): Claim {
    this.#assertKnown(walletId);
    const entry = this.#balances.get(walletId);
    if (entry?.kind === 'balance' && entry.isFrozen) throw walletFrozen(undefined, { retryAfterSeconds: 30 });
    const available = this.available(walletId);
    if (amount > available) {
      const shown = available < 0n ? nanos(0n) : available;
      throw noCredit({ needed: formatDollars(amount), available: formatDollars(shown) });
    }
    return this.#open(walletId, amount);
  }

  /** What a wallet can still spend: negative for a moment where another gateway was faster. */
  available(walletId: WalletId): Nanos {
    const entry = this.#balances.get(walletId);
    const balance = entry?.kind === 'balance' ? entry.availableNanos : nanos(0n);
    const claims = this.#claims.get(walletId);
    if (!claims) return balance;
    let unseen = claims.unrecorded;
    for (const amount of claims.recorded.values()) unseen += amount;
    return nanos(balance - unseen);
  }

  /** Whether every partition showed a sign of life lately. */
  isCurrent(): boolean {
    const nowMs = this.#options.nowMs();
    return this.#heartbeatMs.every((beatMs) => beatMs !== undefined && nowMs - beatMs <= this.#options.heartbeatAgeMsMax);
  }

  close(): void {
    this.#stopListening();
  }

  #assertKnown(walletId: WalletId): void {
    const beatMs = this.#heartbeatMs[walletPartition(walletId)];
    const ageMs = beatMs === undefined ? undefined : this.#options.nowMs() - beatMs;
    if (ageMs !== undefined && ageMs <= this.#options.heartbeatAgeMsMax) return;
    const why = ageMs === undefined ? 'no projector has reported yet' : `their projector has been silent for ${Math.round(ageMs)} ms`;
    throw balancesUnknown({ why }, { retryAfterSeconds: RETRY_SECONDS });
  }

  #open(walletId: WalletId, amount: Nanos): Claim {
    const claims = this.#claimsOf(walletId);
    claims.unrecorded += amount;
    let isOpen = true;
    const close = (): boolean => {
      if (!isOpen) return false;
      isOpen = false;
      claims.unrecorded -= amount;
      return true;
    };
    return {
      recorded: (sequence) => {
        if (close() && sequence > this.#sequenceOf(walletId)) claims.recorded.set(sequence, amount);
        this.#forgetIfEmpty(walletId, claims);
      },
      dropped: () => {
        close();
        this.#forgetIfEmpty(walletId, claims);
      },
    };
  }

  #sequenceOf(walletId: WalletId): number {
    return this.#balances.get(walletId)?.sequence ?? 0;
  }

  #claimsOf(walletId: WalletId): WalletClaims {
    let claims = this.#claims.get(walletId);
    if (!claims) {
      claims = { unrecorded: 0n, recorded: new Map() };
      this.#claims.set(walletId, claims);
    }
    return claims;
  }

  #forgetIfEmpty(walletId: WalletId, claims: WalletClaims): void {
    if (claims.unrecorded === 0n && claims.recorded.size === 0 && this.#claims.get(walletId) === claims) this.#claims.delete(walletId);
  }

  #onChange(entry: BalanceEntry | undefined): void {
    if (!entry) return;
    if (entry.kind === 'heartbeat') {
      this.#heartbeatMs[entry.partition] = this.#options.nowMs();
      return;
    }
    const claims = this.#claims.get(entry.walletId);
    if (!claims) return;
    for (const sequence of claims.recorded.keys()) if (sequence <= entry.sequence) claims.recorded.delete(sequence);
    this.#forgetIfEmpty(entry.walletId, claims);
  }
}
