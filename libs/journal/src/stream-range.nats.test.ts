import { instantOf, systemClock } from '@lurus/base/clock';
import { createIdSource, type EventId, type TenantId, unchecked, type UserId, type WalletId } from '@lurus/base/ids';
import { nanos } from '@lurus/base/money';
import { walletCredited } from '@lurus/events/catalogue/billing';
import { makeEvent } from '@lurus/events/event';
import { billingEvents } from '@lurus/streams/billing-events';
import { llmEvents } from '@lurus/streams/llm-events';
import { useJournal } from '@lurus/testkit/use-journal';
import { useNats } from '@lurus/testkit/use-nats';
import { beforeAll, expect, test } from 'vitest';
import type { Delivery, JournalConnection } from './journal.ts';

const nats = useNats();
const processes = useJournal(nats);
const ids = createIdSource(systemClock);
/** More than two batches of 1,000, so that their seams are read over. */
const EVENTS = 2_300;

let operator: JournalConnection;

const credit = () => {
  const id = ids.ulid();
  return makeEvent(walletCredited, {
    id: unchecked<EventId>(id),
    at: instantOf(systemClock.nowMs()),
    tenantId: unchecked<TenantId>('main'),
    source: 'billing-test',
    data: {
      walletId: unchecked<WalletId>(ids.ulid()),
      userId: unchecked<UserId>(ids.ulid()),
      amountNanos: nanos(1n),
      reason: 'test',
      reference: id,
      actor: 'test',
    },
  });
};

beforeAll(async () => {
  const { journal } = await processes.open('billing');
  await Promise.all(Array.from({ length: EVENTS }, () => journal.append(walletCredited, credit())));
  operator = await processes.open('operator');
});

async function sequencesOf(range: { readonly fromSequence: number; readonly toSequence: number }): Promise<number[]> {
  const read: Delivery[] = [];
  for await (const chunk of operator.read(billingEvents, range)) read.push(...chunk);
  expect(read.every(({ outcome }) => outcome === 'event')).toBe(true);
  return read.map((delivery) => (delivery.outcome === 'event' ? delivery.event.sequence : delivery.sequence));
}

test('an operator reads every message of every partition, in order, each once', async () => {
  expect(await sequencesOf({ fromSequence: 1, toSequence: EVENTS })).toEqual(Array.from({ length: EVENTS }, (_, index) => index + 1));
});

test('a range has both its ends and nothing beside them', async () => {
  expect(await sequencesOf({ fromSequence: 999, toSequence: 1_001 })).toEqual([999, 1_000, 1_001]);
});

test('a range that reaches past the end of the stream ends with it', async () => {
  expect(await sequencesOf({ fromSequence: EVENTS, toSequence: EVENTS + 5_000 })).toEqual([EVENTS]);
  for await (const chunk of operator.read(llmEvents, { fromSequence: 1, toSequence: 10 })) expect(chunk).toEqual([]);
});
