import { instantOf } from '@lurus/base/clock';
import { type EventId, type TenantId, unchecked } from '@lurus/base/ids';
import { holdReleased } from '@lurus/events/catalogue/billing';
import { type DomainEvent, makeEvent } from '@lurus/events/event';
import { journalAway, journalRefused } from '@lurus/journal/problems';
import { expect, test } from 'vitest';
import { Outbox } from './outbox.ts';

const event = makeEvent(holdReleased, {
  id: unchecked<EventId>('01ARZ3NDEKTSV4RRFFQ69G5FAV'),
  at: instantOf(0),
  tenantId: unchecked<TenantId>('main'),
  source: 'gateway-1',
  data: holdReleased.data.parse({
    requestId: '01ARZ3NDEKTSV4RRFFQ69G5FAV',
    walletId: '01ARZ3NDEKTSV4RRFFQ69G5FAV',
    reason: 'upstream_refused',
  }),
});

function outbox(failures: readonly Error[]) {
  const left = [...failures];
  const tried: DomainEvent[] = [];
  let dropped = 0;
  const made = new Outbox({
    journal: {
      inFlight: () => 0,
      append: (_definition, appended) => {
        tried.push(appended);
        const failure = left.shift();
        return failure
          ? Promise.reject(failure)
          : Promise.resolve({ stream: 'BILLING_EVENTS', sequence: tried.length, isDuplicate: false });
      },
    },
    log: { warn: () => undefined, error: () => undefined },
    onDropped: () => (dropped += 1),
  });
  return { made, tried, dropped: () => dropped };
}

const away = () => journalAway({ what: 'an event', why: 'no answer' });

test('an event is repeated under the same id until the journal has it', async () => {
  const { made, tried } = outbox([away(), away()]);
  expect(await made.append(holdReleased, event)).toMatchObject({ sequence: 3 });
  expect(new Set(tried.map(({ id }) => id))).toEqual(new Set([event.id]));
});

test('what the journal refuses for good is not repeated', async () => {
  const { made, tried } = outbox([journalRefused({ what: 'an event', why: 'permission' })]);
  await expect(made.append(holdReleased, event)).rejects.toThrow(/refused/);
  expect(tried).toHaveLength(1);
});

test('closing waits for what is under way', async () => {
  const { made } = outbox([away()]);
  made.post(holdReleased, event);
  expect(made.waiting).toBe(1);
  await made.close(5_000);
  expect(made.waiting).toBe(0);
});

test('closing gives up after its limit', async () => {
  const { made } = outbox(Array.from({ length: 50 }, away));
  const lost = made.append(holdReleased, event);
  lost.catch(() => undefined);
  await made.close(20);
  await expect(lost).rejects.toThrow(/did not confirm/);
});
