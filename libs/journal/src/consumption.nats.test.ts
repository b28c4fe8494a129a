import { instantOf, systemClock } from '@lurus/base/clock';
import { createIdSource, type EventId, type TenantId, unchecked, type UserId, type WalletId } from '@lurus/base/ids';
import { nanos } from '@lurus/base/money';
import { holdPlaced, walletCredited } from '@lurus/events/catalogue/billing';
import { encodeEvent } from '@lurus/events/codec';
import { makeEvent } from '@lurus/events/event';
import { PARTITIONS } from '@lurus/events/stream';
import { billingEvents } from '@lurus/streams/billing-events';
import { llmEvents } from '@lurus/streams/llm-events';
import { useJournal } from '@lurus/testkit/use-journal';
import { useNats } from '@lurus/testkit/use-nats';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect, nkeyAuthenticator } from '@nats-io/transport-node';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Consumption, Delivery, Journal } from './journal.ts';
import { ACKNOWLEDGE_WITHIN_MS } from './limits.ts';
import { isJournalAway } from './problems.ts';

const nats = useNats();
const processes = useJournal(nats);
const ids = createIdSource(systemClock);
const everyPartition = Array.from({ length: PARTITIONS }, (_, partition) => partition);

const credit = (walletId: string = ids.ulid()) =>
  makeEvent(walletCredited, {
    id: unchecked<EventId>(ids.ulid()),
    at: instantOf(systemClock.nowMs()),
    tenantId: unchecked<TenantId>('main'),
    source: 'billing-test',
    data: {
      walletId: unchecked<WalletId>(walletId),
      userId: unchecked<UserId>(ids.ulid()),
      amountNanos: nanos(1n),
      reason: 'test',
      reference: 'test',
      actor: 'test',
    },
  });

const append = async (journal: Journal, count: number): Promise<number[]> => {
  const places = await Promise.all(Array.from({ length: count }, () => journal.append(walletCredited, credit())));
  return places.map(({ sequence }) => sequence).sort((a, b) => a - b);
};

const sequenceOf = (delivery: Delivery): number => (delivery.outcome === 'event' ? delivery.event.sequence : delivery.sequence);

/** Takes `count` messages, however many calls it needs. */
async function take(consumption: Consumption, count: number): Promise<Delivery[]> {
  const taken: Delivery[] = [];
  await vi.waitFor(
    async () => {
      taken.push(...(await consumption.next({ max: count - taken.length, waitMs: 500 })));
      expect(taken.length).toBe(count);
    },
    { timeout: 20_000 },
  );
  return taken;
}

const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, index) => from + index);

test('messages come in order, without holes, from the sequence asked for', async () => {
  const { journal } = await processes.open('billing');
  const [first = 0] = await append(journal, 300);
  const projector = await processes.open('projector');
  const consumption = await projector.consume({
    stream: billingEvents,
    name: 'order-v1-p0-15',
    partitions: everyPartition,
    startSequence: first + 40,
  });
  const taken = await take(consumption, 260);
  expect(taken.map(sequenceOf)).toEqual(range(first + 40, 260));
  expect(await consumption.unacknowledged()).toBe(260);
  await consumption.ackUpTo(first + 299);
  expect(await consumption.unacknowledged()).toBe(0);
  expect(await consumption.next({ max: 10, waitMs: 50 })).toEqual([]);
});

test('an event is handed out within milliseconds of its append', async () => {
  const billing = await processes.open('billing');
  const { lastSequence } = await billing.streamState(billingEvents);
  const projector = await processes.open('projector');
  const consumption = await projector.consume({
    stream: billingEvents,
    name: 'quick-v1-p0-15',
    partitions: everyPartition,
    startSequence: lastSequence + 1,
  });
  await append(billing.journal, 1);
  await take(consumption, 1);
  const startedAt = performance.now();
  const waiting = consumption.next({ max: 10, waitMs: 5_000 });
  await append(billing.journal, 1);
  expect(await waiting).toHaveLength(1);
  expect(performance.now() - startedAt).toBeLessThan(500);
});

test('a wallet has one partition for ever, and a consumer sees its own partitions alone', async () => {
  const { journal } = await processes.open('billing');
  const wallets = Array.from({ length: 40 }, () => ids.ulid());
  const before = (await (await processes.open('log')).streamState(billingEvents)).lastSequence;
  for (const wallet of [...wallets, ...wallets]) await journal.append(walletCredited, credit(wallet));
  const projector = await processes.open('projector');
  const options = { stream: billingEvents, startSequence: before + 1 };
  const low = await projector.consume({ ...options, name: 'half-v1-p0-7', partitions: range(0, 8) });
  const high = await projector.consume({ ...options, name: 'half-v1-p8-15', partitions: range(8, 8) });
  const seen = new Map<string, Set<number>>();
  let total = 0;
  for (const [consumption, isOurs] of [
    [low, (p: number) => p < 8],
    [high, (p: number) => p >= 8],
  ] as const) {
    let batch: readonly Delivery[];
    while ((batch = await consumption.next({ max: 100, waitMs: 300 })).length > 0) {
      for (const delivery of batch) {
        if (delivery.outcome !== 'event') throw new Error(delivery.outcome);
        expect(isOurs(delivery.event.partition)).toBe(true);
        const data = walletCredited.data.parse(delivery.event.data);
        seen.set(data.walletId, (seen.get(data.walletId) ?? new Set()).add(delivery.event.partition));
        total += 1;
      }
    }
  }
  expect(total).toBe(80);
  expect([...seen.values()].every((partitions) => partitions.size === 1)).toBe(true);
});

test('what was handed out and not acknowledged comes again to who asks from there', async () => {
  const { journal } = await processes.open('billing');
  const [first = 0] = await append(journal, 20);
  const options = { stream: billingEvents, name: 'again-v1-p0-15', partitions: everyPartition };
  const one = await (await processes.open('projector')).consume({ ...options, startSequence: first });
  expect((await take(one, 20)).map(sequenceOf)).toEqual(range(first, 20));
  await one.ackUpTo(first + 4);
  await one.close();
  await expect(one.next({ max: 1, waitMs: 1 })).rejects.toSatisfy(isJournalAway);
  const two = await (await processes.open('projector')).consume({ ...options, startSequence: first + 5 });
  expect((await take(two, 15)).map(sequenceOf)).toEqual(range(first + 5, 15));
});

test('a position that went back (a rebuilt view) is followed even while nothing new is appended', async () => {
  const { journal } = await processes.open('billing');
  const [first = 0] = await append(journal, 10);
  const options = { stream: billingEvents, name: 'back-v1-p0-15', partitions: everyPartition };
  const one = await (await processes.open('projector')).consume({ ...options, startSequence: first });
  await take(one, 10);
  await one.ackUpTo(first + 9);
  await one.close();
  const two = await (await processes.open('projector')).consume({ ...options, startSequence: first + 2 });
  expect((await take(two, 8)).map(sequenceOf)).toEqual(range(first + 2, 8));
});

test('two processes under one name: one gets everything, the other takes over when it is gone', async () => {
  const { journal } = await processes.open('billing');
  const [first = 0] = await append(journal, 10);
  const options = { stream: billingEvents, name: 'pair-v1-p0-15', partitions: everyPartition, startSequence: first };
  const active = await (await processes.open('projector')).consume(options);
  expect(await take(active, 10)).toHaveLength(10);
  const waiting = await (await processes.open('projector')).consume(options);
  await append(journal, 10);
  expect((await take(active, 10)).map(sequenceOf)).toEqual(range(first + 10, 10));
  expect(await waiting.next({ max: 10, waitMs: 1_500 })).toEqual([]);
  await active.close();
  expect((await take(waiting, 20)).map(sequenceOf)).toEqual(range(first, 20));
});

test('a process that died without a word is followed by the one that waits', async () => {
  const { journal } = await processes.open('billing');
  const [first = 0] = await append(journal, 10);
  const options = { stream: billingEvents, name: 'died-v1-p0-15', partitions: everyPartition, startSequence: first };
  // Makes the consumer; the one that dies speaks the server's protocol by itself, since ours says goodbye when it closes.
  await (await (await processes.open('projector')).consume(options)).close();
  const mortal = await connect({
    servers: nats.url(),
    authenticator: nkeyAuthenticator(new TextEncoder().encode(nats.seedOf('projector'))),
    inboxPrefix: '_INBOX_projector',
  });
  // What the first one had asked for in advance may have been delivered to it already; the reset takes that back.
  await (await jetstreamManager(mortal)).consumers.reset(billingEvents.name, options.name, first);
  const replies = mortal.subscribe('_INBOX_projector.mortal', { max: 10 });
  const pull = { batch: 10, expires: 5_000_000_000, group: 'one' };
  mortal.publish('$JS.API.CONSUMER.MSG.NEXT.BILLING_EVENTS.died-v1-p0-15', JSON.stringify(pull), { reply: '_INBOX_projector.mortal' });
  for await (const message of replies) expect(message.reply).toMatch(/^\$JS\.ACK/);
  const waiting = await (await processes.open('projector')).consume(options);
  expect(await waiting.next({ max: 10, waitMs: 500 })).toEqual([]);
  const startedAt = performance.now();
  await mortal.close();
  expect((await take(waiting, 10)).map(sequenceOf)).toEqual(range(first, 10));
  // By the takeover (two of its periods on a quiet machine), not by the end of the wait for acknowledgements, which is what happened without it.
  expect(performance.now() - startedAt).toBeLessThan(ACKNOWLEDGE_WITHIN_MS / 2);
});

test('a killed server loses nothing and repeats nothing to who consumes', async () => {
  const billing = await processes.open('billing');
  const projector = await processes.open('projector');
  const [first = 0] = await append(billing.journal, 50);
  const consumption = await projector.consume({
    stream: billingEvents,
    name: 'crash-v1-p0-15',
    partitions: everyPartition,
    startSequence: first,
  });
  const before = await take(consumption, 30);
  await nats.crash();
  const late = append(billing.journal, 50);
  const after = await take(consumption, 70);
  expect([...before, ...after].map(sequenceOf)).toEqual(range(first, 100));
  expect(await late).toEqual(range(first + 50, 50));
  await consumption.ackUpTo(first + 99);
});

test('a consumer that an operator deleted is made again and continues where it was', async () => {
  const billing = await processes.open('billing');
  const [first = 0] = await append(billing.journal, 20);
  const projector = await processes.open('projector');
  const name = 'deleted-v1-p0-15';
  const consumption = await projector.consume({ stream: billingEvents, name, partitions: everyPartition, startSequence: first });
  const before = await take(consumption, 5);
  const nc = await connect({
    servers: nats.url(),
    authenticator: nkeyAuthenticator(new TextEncoder().encode(nats.seedOf('operator'))),
    inboxPrefix: '_INBOX_operator',
  });
  onTestFinished(() => nc.close());
  await (await jetstreamManager(nc)).consumers.delete('BILLING_EVENTS', name);
  await append(billing.journal, 5);
  const after = await take(consumption, 20);
  expect([...before, ...after].map(sequenceOf)).toEqual(range(first, 25));
});

test('a credit that a gateway hides under the subject of a hold is not believed', async () => {
  const nc = await connect({
    servers: nats.url(),
    authenticator: nkeyAuthenticator(new TextEncoder().encode(nats.seedOf('gateway'))),
    inboxPrefix: '_INBOX_gateway',
  });
  onTestFinished(() => nc.close());
  const event = credit();
  const subject = `billing.${holdPlaced.name}.main.${event.data.walletId}`;
  const { seq } = (await nc.request(subject, encodeEvent(event))).json<{ seq: number }>();
  const seen = await (await processes.open('log')).eventAt(billingEvents, seq);
  expect(seen).toMatchObject({
    outcome: 'poison',
    error: expect.stringContaining('wallet.credited belongs under billing.wallet.credited'),
  });
});

test('a stream without events is waited for', async () => {
  const projector = await processes.open('projector');
  const consumption = await projector.consume({ stream: llmEvents, name: 'empty-v1-p0-15', partitions: everyPartition, startSequence: 1 });
  expect(await consumption.next({ max: 10, waitMs: 50 })).toEqual([]);
  expect(await consumption.unacknowledged()).toBe(0);
});
