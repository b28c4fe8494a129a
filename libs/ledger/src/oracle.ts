/**
 * The ledger folded a second time, from what the events are documented to mean (docs/reference/events.md, docs/operations/money.md) and from
 * nothing that the projections are made of. A fault would have to be made twice, in two ways of thinking, to go unseen.
 */
import { unreachable } from '@lurus/base/assert';
import type { Finding } from './finding.ts';
import type { Account, MoneyEvent, Movement, OpenHold } from './movement.ts';
import type { End, Past } from './past.ts';

type Change = Omit<Movement, 'event' | 'account'>;
const NOTHING: Change = { amount: 0n, availableDelta: 0n, heldDelta: 0n, loss: 0n, deviation: '', opened: undefined, ended: undefined };
const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/** Guards the state of the second fold. Memory grows with wallets and open holds; what is over lies in `past`. */
export class Oracle {
  readonly accounts = new Map<string, Account>();
  readonly open = new Map<string, OpenHold>();
  readonly #past: Past;
  readonly #onFinding: (finding: Finding) => void;

  constructor(past: Past, onFinding: (finding: Finding) => void) {
    this.#past = past;
    this.#onFinding = onFinding;
  }

  /** Takes the next event of the stream. */
  apply(event: MoneyEvent): Movement {
    if (!this.#past.isNew(`event ${event.id}`)) this.#find(event, 'event ids', `event ${event.id} stands in the stream more than once`);
    const { walletId } = event.data;
    const fresh = { available: 0n, held: 0n, credited: 0n, spent: 0n, lost: 0n, userId: '', last: event };
    const account = this.accounts.get(walletId) ?? fresh;
    this.accounts.set(walletId, account);
    const change = this.#changeOf(event, account);
    account.available += change.availableDelta;
    account.held += change.heldDelta;
    account.last = event;
    if ('userId' in event.data) account.userId = event.data.userId;
    if (account.available < 0n || account.held < 0n)
      this.#find(event, 'never negative', `${walletId} has ${account.available} available and ${account.held} held`);
    return { ...change, event, account };
  }

  #changeOf(event: MoneyEvent, account: Account): Change {
    switch (event.name) {
      case 'wallet.credited':
        return this.#credit(account, {
          amount: event.data.amountNanos,
          name: event.data.reference && `${event.data.walletId} ${event.data.reference}`,
        });
      case 'wallet.adjusted': {
        const amount = event.data.amountNanos;
        const taken = account.available + amount < 0n ? -account.available : amount; // A correction takes at most what is available.
        account.credited += taken;
        return { ...NOTHING, amount, availableDelta: taken, deviation: taken === amount ? '' : 'short' };
      }
      case 'hold.placed':
        return this.#hold(event, account);
      case 'hold.released':
        return this.#giveBack(event, 'released');
      case 'hold.expired':
        return this.#giveBack(event, 'expired');
      case 'usage.settled':
        return this.#settle(event, account);
      default:
        return unreachable(event, 'event about money');
    }
  }

  /** The same reference is credited once; an empty one is none. */
  #credit(account: Account, { amount, name }: { readonly amount: bigint; readonly name: string }): Change {
    if (name !== '' && !this.#past.isNew(`reference ${name}`)) return { ...NOTHING, amount, deviation: 'repeated' };
    account.credited += amount;
    return { ...NOTHING, amount, availableDelta: amount };
  }

  #hold(event: OpenHold['event'], account: Account): Change {
    const { requestId, amountNanos: amount } = event.data;
    if (this.open.has(requestId) || this.#past.endOf(requestId)) {
      this.#find(event, 'one hold a request', `request ${requestId} is held for a second time, or after its end`);
      return { ...NOTHING, amount, deviation: 'repeated' };
    }
    const nanos = least(amount, account.available);
    const opened = { nanos, event };
    this.open.set(requestId, opened);
    return { ...NOTHING, amount, availableDelta: -nanos, heldDelta: nanos, deviation: nanos < amount ? 'short' : '', opened };
  }

  #giveBack(event: MoneyEvent & { readonly name: 'hold.released' | 'hold.expired' }, how: End['how']): Change {
    const { requestId } = event.data;
    const ended = this.#close(requestId);
    if (ended) {
      this.#past.setEnd(requestId, { how, amountNanos: 0n });
      return { ...NOTHING, amount: ended.nanos, availableDelta: ended.nanos, heldDelta: -ended.nanos, ended };
    }
    const before = this.#past.endOf(requestId);
    if (!before) this.#past.setEnd(requestId, { how, amountNanos: 0n });
    // A gateway and the projector may both end a hold whose time is over; the first one counts. Two ends by gateways are a fault.
    else if (how !== 'expired' && before.how !== 'expired')
      this.#find(event, 'one end a hold', `request ${requestId} had been ${before.how}`);
    return { ...NOTHING, deviation: before ? 'repeated' : 'unheld' };
  }

  /** From the hold first, then from what is available; the rest is lost. After an expiry it is charged all the same. */
  #settle(event: MoneyEvent & { readonly name: 'usage.settled' }, account: Account): Change {
    const { requestId, amountNanos: amount } = event.data;
    const before = this.#past.endOf(requestId);
    const ended = this.#close(requestId);
    if (before && before.how !== 'expired') {
      this.#find(event, 'one charge a request', `request ${requestId} had been ${before.how} already`);
      return { ...NOTHING, amount, deviation: 'repeated' };
    }
    if (!ended && !before) this.#find(event, 'a hold for every charge', `request ${requestId} is charged and was never held`);
    const held = ended?.nanos ?? 0n;
    const taken = least(amount, held + account.available);
    account.spent += taken;
    account.lost += amount - taken;
    this.#past.setEnd(requestId, { how: 'settled', amountNanos: amount });
    const deviation = ended ? '' : before ? 'late' : 'unheld';
    return { amount, availableDelta: held - taken, heldDelta: -held, loss: amount - taken, deviation, opened: undefined, ended };
  }

  #close(requestId: string): OpenHold | undefined {
    const hold = this.open.get(requestId);
    this.open.delete(requestId);
    return hold;
  }

  #find(event: MoneyEvent, key: string, says: string): void {
    this.#onFinding({ place: 'stream', stream: event.stream, sequence: event.sequence, eventId: event.id, key, says });
  }
}
