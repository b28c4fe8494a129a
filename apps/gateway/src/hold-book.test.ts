import { instantOf } from '@lurus/base/clock';
import { type Nanos, nanos } from '@lurus/base/money';
import { Problem } from '@lurus/base/problem';
import { unchecked, type WalletId } from '@lurus/base/ids';
import type { BucketValue } from '@lurus/events/bucket';
import { PARTITIONS } from '@lurus/events/stream';
import type { Mirror } from '@lurus/journal/journal';
import type { balancesBucket } from '@lurus/streams/buckets';
import { expect, test } from 'vitest';
import { HoldBook } from './hold-book.ts';
import { walletPartition } from './wallet-partition.ts';

type Entry = BucketValue<typeof balancesBucket>;

const wallet = unchecked<WalletId>('01ARZ3NDEKTSV4RRFFQ69G5FAV');

class FakeMirror implements Mirror<Entry> {
  readonly values = new Map<string, Entry>();
  readonly #listeners = new Set<(key: string, value: Entry | undefined) => void>();
  readonly get = (key: string) => this.values.get(key);
  readonly entries = () => this.values.entries();
  readonly size = () => this.values.size;
  readonly isLive = () => true;
  readonly malformed = () => 0;
  readonly close = () => Promise.resolve();
  readonly onChange = (listener: (key: string, value: Entry | undefined) => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };
  set(key: string, value: Entry): void {
    this.values.set(key, value);
    for (const listener of this.#listeners) listener(key, value);
  }
  balance(availableNanos: bigint, sequence: number, isFrozen = false): void {
    this.set(wallet, {
      kind: 'balance',
      walletId: wallet,
      availableNanos: nanos(availableNanos),
      heldNanos: nanos(0n),
      isFrozen,
      sequence,
    });
  }
  beat(partition = walletPartition(wallet)): void {
    this.set(`heartbeat.${partition}`, { kind: 'heartbeat', partition, at: instantOf(0), sequence: 1 });
  }
}

function given(availableNanos: bigint, sequence = 10) {
  const time = { nowMs: 1_000 };
  const mirror = new FakeMirror();
  const book = new HoldBook(mirror, { nowMs: () => time.nowMs, heartbeatAgeMsMax: 5_000 });
  mirror.balance(availableNanos, sequence);
  mirror.beat();
  return { time, mirror, book };
}

function refusal(action: () => unknown): Problem['details'] {
  try {
    action();
  } catch (error) {
    if (error instanceof Problem) return error.details;
    throw error;
  }
  throw new Error('was admitted');
}

const amount = (value: bigint): Nanos => nanos(value);

test('parallel requests cannot claim more than there is', () => {
  const { book } = given(100n);
  book.claim(wallet, amount(60n));
  expect(refusal(() => book.claim(wallet, amount(60n)))).toMatchObject({ code: 'insufficient_credit', status: 429, isRetryable: false });
  book.claim(wallet, amount(40n));
  expect(book.available(wallet)).toBe(0n);
});

test('a recorded hold counts until the balance is true at its sequence, and not a moment longer', () => {
  const { book, mirror } = given(100n, 10);
  const claim = book.claim(wallet, amount(60n));
  claim.recorded(12);
  expect(book.available(wallet)).toBe(40n);
  mirror.balance(100n, 11);
  expect(book.available(wallet)).toBe(40n);
  mirror.balance(40n, 12);
  expect(book.available(wallet)).toBe(40n);
});

test('a balance that overtakes the acknowledgement is not charged twice', () => {
  const { book, mirror } = given(100n, 10);
  const claim = book.claim(wallet, amount(60n));
  mirror.balance(40n, 12);
  claim.recorded(12);
  expect(book.available(wallet)).toBe(40n);
});

test('a hold that was not recorded is given back, once', () => {
  const { book } = given(100n);
  const claim = book.claim(wallet, amount(60n));
  claim.dropped();
  claim.dropped();
  claim.recorded(12);
  expect(book.available(wallet)).toBe(100n);
});

test('the refusal names what is needed and what is there', () => {
  const { book } = given(1_500_000_000n);
  const details = refusal(() => book.claim(wallet, amount(2_000_000_000n)));
  expect(details.message).toBe('The wallet has $1.500000000 available, and this request has to reserve $2.000000000.');
});

test('a wallet nobody ever credited has nothing', () => {
  const { book, mirror } = given(0n);
  const stranger = unchecked<WalletId>('01ARZ3NDEKTSV4RRFFQ69G5FAW');
  mirror.beat(walletPartition(stranger));
  expect(refusal(() => book.claim(stranger, amount(1n))).code).toBe('insufficient_credit');
  book.claim(stranger, amount(0n));
});

test('a frozen wallet admits nothing', () => {
  const { book, mirror } = given(100n);
  mirror.balance(100n, 11, true);
  expect(refusal(() => book.claim(wallet, amount(1n)))).toMatchObject({ code: 'wallet_frozen', status: 503 });
});

test('a projector that fell silent stops admission, with a wait, until it is back', () => {
  const { book, mirror, time } = given(100n);
  time.nowMs += 5_001;
  expect(refusal(() => book.claim(wallet, amount(1n)))).toMatchObject({ code: 'balances_unknown', status: 503, retryAfterSeconds: 2 });
  mirror.beat();
  book.claim(wallet, amount(1n));
});

test('only the sign of life of the own partition counts for a wallet', () => {
  const { book, mirror, time } = given(100n);
  time.nowMs += 5_001;
  mirror.beat((walletPartition(wallet) + 1) % PARTITIONS);
  expect(refusal(() => book.claim(wallet, amount(1n))).code).toBe('balances_unknown');
  expect(book.isCurrent()).toBe(false);
  for (let partition = 0; partition < PARTITIONS; partition += 1) mirror.beat(partition);
  expect(book.isCurrent()).toBe(true);
});

test('a sign of life that lay in the bucket before we listened proves nothing', () => {
  const mirror = new FakeMirror();
  mirror.balance(100n, 1);
  mirror.beat();
  const book = new HoldBook(mirror, { nowMs: () => 0, heartbeatAgeMsMax: 5_000 });
  expect(refusal(() => book.claim(wallet, amount(1n))).message).toContain('no projector has reported yet');
});
