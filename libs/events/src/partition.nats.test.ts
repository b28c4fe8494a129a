/** Method: events of many tenants are appended, and the partition that the server gave each is compared with ours. */
import { systemClock, instantOf } from '@lurus/base/clock';
import { EventIdSchema, TenantIdSchema, UserIdSchema, WalletIdSchema, createIdSource } from '@lurus/base/ids';
import { useNats } from '@lurus/testkit/use-nats';
import { identityEvents } from '@lurus/streams/identity-events';
import { expect, test } from 'vitest';
import { userCreated } from './catalogue/identity.ts';
import { makeEvent } from './event.ts';
import { partitionOfToken } from './partition.ts';

const nats = useNats();
const ids = createIdSource(systemClock);

test('the partition computed here is the one that the server gives', async () => {
  const { journal, eventAt } = await nats.connectAs('billing');
  const partitions = new Set<number>();
  for (let index = 0; index < 60; index += 1) {
    const tenantId = TenantIdSchema.parse(`tenant-${index.toString(36)}_${index * 7919}`);
    const data = { userId: UserIdSchema.parse(ids.ulid()), walletId: WalletIdSchema.parse(ids.ulid()), userName: 'ada', actor: 'test' };
    const event = makeEvent(userCreated, {
      id: EventIdSchema.parse(ids.ulid()),
      at: instantOf(systemClock.nowMs()),
      tenantId,
      source: 'test',
      data,
    });
    const { sequence } = await journal.append(userCreated, event);
    const found = await eventAt(identityEvents, sequence);
    expect(found?.outcome === 'event' && found.event.partition).toBe(partitionOfToken(tenantId));
    partitions.add(partitionOfToken(tenantId));
  }
  expect(partitions.size).toBe(16);
});
