/**
 * Method: several processes append as fast as they can while the server is killed (SIGKILL) and started again at moments that the seed
 * decides. Afterwards the stream is read from end to end: every acknowledged event must be there, none twice, each wallet's events in the order
 * in which they were appended. A failure prints the seed; LURUS_TEST_SEED repeats it.
 */
import { setTimeout } from 'node:timers/promises';
import { instantOf, systemClock } from '@lurus/base/clock';
import { createIdSource, type EventId, type TenantId, unchecked, type UserId, type WalletId } from '@lurus/base/ids';
import { nanos } from '@lurus/base/money';
import { readSettings } from '@lurus/base/setting';
import { walletCredited } from '@lurus/events/catalogue/billing';
import { makeEvent } from '@lurus/events/event';
import { PARTITIONS } from '@lurus/events/stream';
import { billingEvents } from '@lurus/streams/billing-events';
import { useJournal } from '@lurus/testkit/use-journal';
import { useNats } from '@lurus/testkit/use-nats';
import { expect, test } from 'vitest';
import type { Appended, Journal } from './journal.ts';
import { isJournalAway } from './problems.ts';

const nats = useNats();
const processes = useJournal(nats);
const ids = createIdSource(systemClock);

const CRASHES = 3;
const PROCESSES = 2;
const WALLETS_A_PROCESS = 20;

/** Mulberry32: small, and the same on every machine. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Ledger {
  readonly places: Map<string, Appended>;
  duplicates: number;
}

const credit = (walletId: WalletId, place: number) =>
  makeEvent(walletCredited, {
    id: unchecked<EventId>(ids.ulid()),
    at: instantOf(systemClock.nowMs()),
    tenantId: unchecked<TenantId>('main'),
    source: 'billing-test',
    data: {
      walletId,
      userId: unchecked<UserId>('01KAQ4V0H0VSER000000000001'),
      amountNanos: nanos(1n),
      reason: 'crash test',
      reference: String(place),
      actor: 'test',
    },
  });

/** One wallet's life: the next event is appended when the last one was acknowledged. */
async function live(journal: Journal, ledger: Ledger, isOver: () => boolean): Promise<void> {
  const walletId = unchecked<WalletId>(ids.ulid());
  for (let place = 0; !isOver(); place += 1) {
    const event = credit(walletId, place);
    const appended = await journal.append(walletCredited, event, { timeoutMs: 30_000 });
    ledger.places.set(event.id, appended);
    if (appended.isDuplicate) ledger.duplicates += 1;
  }
}

interface Stored {
  readonly id: string;
  readonly walletId: string;
  readonly place: number;
  readonly sequence: number;
}

async function readAll(): Promise<Stored[]> {
  const projector = await processes.open('projector');
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);
  const { lastSequence } = await projector.streamState(billingEvents);
  const consumption = await projector.consume({ stream: billingEvents, name: 'crash-v1-p0-15', partitions, startSequence: 1 });
  const stored: Stored[] = [];
  while ((stored.at(-1)?.sequence ?? 0) < lastSequence) {
    for (const delivery of await consumption.next({ max: 1_000, waitMs: 2_000 })) {
      if (delivery.outcome !== 'event') throw new Error(`sequence ${delivery.sequence} is ${delivery.outcome}`);
      const data = walletCredited.data.parse(delivery.event.data);
      stored.push({ id: delivery.event.id, walletId: data.walletId, place: Number(data.reference), sequence: delivery.event.sequence });
    }
    await consumption.ackUpTo(stored.at(-1)?.sequence ?? 0);
  }
  return stored;
}

test('appends under repeated kills of the server lose nothing, store nothing twice and keep each wallet in order', async () => {
  const given = readSettings(process.env, ['LURUS_TEST_SEED']).LURUS_TEST_SEED;
  const seed = given ?? Math.floor(Math.random() * 2 ** 31);
  const random = randomOf(seed);
  const ledger: Ledger = { places: new Map(), duplicates: 0 };
  let isOver = false;
  const journals = await Promise.all(Array.from({ length: PROCESSES }, () => processes.open('billing')));
  const lives = journals.flatMap(({ journal }) => Array.from({ length: WALLETS_A_PROCESS }, () => live(journal, ledger, () => isOver)));
  for (let crash = 0; crash < CRASHES; crash += 1) {
    await setTimeout(100 + random() * 700);
    await nats.crash();
  }
  await setTimeout(300);
  isOver = true;
  await Promise.all(lives);

  const stored = await readAll();
  const note = `seed ${seed}, ${ledger.places.size} acknowledged, ${ledger.duplicates} of them repeats that the server recognised`;
  console.log(`crash test: ${note}`);
  const placeOf = new Map(stored.map(({ id, sequence }) => [id, sequence]));
  const missing = [...ledger.places].filter(([id, { sequence }]) => placeOf.get(id) !== sequence);
  expect({ note, missing }).toEqual({ note, missing: [] });
  expect({ note, distinct: placeOf.size }).toEqual({ note, distinct: stored.length });
  expect({ note, stored: stored.length }).toEqual({ note, stored: ledger.places.size });
  const last = new Map<string, number>();
  for (const { walletId, place } of stored) {
    expect({ note, walletId, place }).toEqual({ note, walletId, place: (last.get(walletId) ?? -1) + 1 });
    last.set(walletId, place);
  }
}, 120_000);

test('while the server is away an append waits no longer than it was told, and the next one succeeds when it is back', async () => {
  const billing = await processes.open('billing');
  const pid = nats.server().pid();
  if (pid === undefined) throw new Error('the server does not run');
  process.kill(pid, 'SIGSTOP');
  const startedAt = performance.now();
  const event = credit(unchecked<WalletId>(ids.ulid()), 0);
  const away = await billing.journal.append(walletCredited, event, { timeoutMs: 700 }).catch((error: unknown) => error);
  expect(isJournalAway(away)).toBe(true);
  expect(performance.now() - startedAt).toBeLessThan(1_500);
  process.kill(pid, 'SIGCONT');
  // The first attempt may have been stored; the same id makes the repeat safe.
  const appended = await billing.journal.append(walletCredited, event);
  expect((await billing.eventAt(billingEvents, appended.sequence))?.outcome).toBe('event');
});
