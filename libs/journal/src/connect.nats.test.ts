import { instantOf, systemClock } from '@lurus/base/clock';
import { createIdSource, type EventId, type TenantId, unchecked, type UserId, type WalletId } from '@lurus/base/ids';
import { nanos } from '@lurus/base/money';
import { walletCredited } from '@lurus/events/catalogue/billing';
import { noticeWritten } from '@lurus/events/catalogue/log';
import { makeEvent } from '@lurus/events/event';
import { billingEvents } from '@lurus/streams/billing-events';
import { useJournal } from '@lurus/testkit/use-journal';
import { useNats } from '@lurus/testkit/use-nats';
import { expect, onTestFinished, test } from 'vitest';
import { createUserSeed } from './nkey.ts';
import { isJournalAway, isJournalFull, isJournalRefused } from './problems.ts';
import { openProvisioner } from './provision.ts';

const nats = useNats();
const processes = useJournal(nats);
const ids = createIdSource(systemClock);

const credit = (walletId: string = ids.ulid(), id: string = ids.ulid()) =>
  makeEvent(walletCredited, {
    id: unchecked<EventId>(id),
    at: instantOf(systemClock.nowMs()),
    tenantId: unchecked<TenantId>('main'),
    source: 'billing-test',
    data: {
      walletId: unchecked<WalletId>(walletId),
      userId: unchecked<UserId>(ids.ulid()),
      amountNanos: nanos(1n),
      reason: 'test',
      reference: id,
      actor: 'test',
    },
  });

test('an append resolves with the place of the event, and a repeat of its id with the same place', async () => {
  const { journal } = await processes.open('billing');
  const event = credit();
  const first = await journal.append(walletCredited, event);
  const second = await journal.append(walletCredited, event);
  expect(first).toEqual({ stream: 'BILLING_EVENTS', sequence: first.sequence, isDuplicate: false });
  expect(second).toEqual({ ...first, isDuplicate: true });
});

test('what was appended is read back as it was, with its partition', async () => {
  const billing = await processes.open('billing');
  const event = credit();
  const { sequence } = await billing.journal.append(walletCredited, event, {
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  });
  const stored = await billing.eventAt(billingEvents, sequence);
  expect(stored).toMatchObject({ outcome: 'event', event: { ...event, stream: 'BILLING_EVENTS', sequence } });
  expect(await billing.eventAt(billingEvents, sequence + 1_000)).toBeUndefined();
});

test('five hundred appends at once are all stored, each once', async () => {
  const billing = await processes.open('billing');
  const before = await billing.streamState(billingEvents);
  const places = await Promise.all(Array.from({ length: 500 }, () => billing.journal.append(walletCredited, credit())));
  expect(new Set(places.map(({ sequence }) => sequence)).size).toBe(500);
  expect((await billing.streamState(billingEvents)).messages - before.messages).toBe(500);
  expect(billing.journal.inFlight()).toBe(0);
});

test('a process that may not append an event is told at once, not by a timeout', async () => {
  const { journal } = await processes.open('gateway');
  const startedAt = performance.now();
  const refused = await journal.append(walletCredited, credit()).catch((error: unknown) => error);
  expect(isJournalRefused(refused)).toBe(true);
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});

test('an event that is larger than its stream takes is refused', async () => {
  const { journal } = await processes.open('gateway');
  const event = makeEvent(noticeWritten, {
    ...credit(),
    data: { level: 'info', code: 'large', message: 'short', requestId: null },
  });
  const oversized = { ...event, data: { ...event.data, message: 'x'.repeat(70_000) } };
  const refused = await journal.append(noticeWritten, oversized).catch((error: unknown) => error);
  expect(isJournalRefused(refused)).toBe(true);
});

test('more appends in flight than allowed are refused before anything is sent', async () => {
  const { journal } = await processes.open('billing', { limits: { appendsInFlightMax: 2 } });
  const results = await Promise.allSettled([credit(), credit(), credit()].map((event) => journal.append(walletCredited, event)));
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
  expect(results.some((result) => result.status === 'rejected' && isJournalFull(result.reason))).toBe(true);
});

test('an append to a stream that is at its limit is refused as full, not retried until it times out', async () => {
  const deployer = await openProvisioner({ url: nats.url(), seed: nats.seedOf('deployer'), processName: 'deployer', instance: 'test' });
  onTestFinished(() => deployer.close());
  const { journal } = await processes.open('billing');
  await journal.append(walletCredited, credit());
  await deployer.apply({ streams: [{ ...billingEvents, sizeBytesMax: 1 }], buckets: [], replicas: 1 });
  const full = await journal.append(walletCredited, credit()).catch((error: unknown) => error);
  await deployer.apply({ streams: [billingEvents], buckets: [], replicas: 1 });
  expect(isJournalFull(full)).toBe(true);
  expect((await journal.append(walletCredited, credit())).isDuplicate).toBe(false);
});

test('an unknown seed is refused when connecting', async () => {
  const stranger = await processes.open('gateway', { seed: createUserSeed() }).catch((error: unknown) => error);
  expect(isJournalRefused(stranger)).toBe(true);
});

test('a server that is not there is reported as away', async () => {
  const away = await processes.open('gateway', { url: 'nats://127.0.0.1:1' }).catch((error: unknown) => error);
  expect(isJournalAway(away)).toBe(true);
});
