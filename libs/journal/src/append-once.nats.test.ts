import { systemClock } from '@lurus/base/clock';
import { EventIdSchema, TenantIdSchema, UserIdSchema, WalletIdSchema, createIdSource } from '@lurus/base/ids';
import { userCreated } from '@lurus/events/catalogue/identity';
import { identityEvents } from '@lurus/streams/identity-events';
import { useNats } from '@lurus/testkit/use-nats';
import { expect, test } from 'vitest';
import { appendOnce, recordedFact } from './append-once.ts';

const nats = useNats();
const ids = createIdSource(systemClock);
const tenantId = TenantIdSchema.parse('main');

const user = (userName: string) => ({
  userId: UserIdSchema.parse(ids.ulid()),
  walletId: WalletIdSchema.parse(ids.ulid()),
  userName,
  actor: 'test',
});
const open = async () => ({ connection: await nats.connectAs('billing'), clock: systemClock, source: 'billing-test' });
const fact = { definition: userCreated, stream: identityEvents, tenantId };

test('of two processes that append a fact under one id the second learns what the first said', async () => {
  const [one, two] = await Promise.all([open(), open()]);
  const id = EventIdSchema.parse(ids.ulid());
  const [first, second] = [user('ada'), user('eve')];
  const appended = await appendOnce(one, { ...fact, id, data: first });
  expect(appended).toMatchObject({ wasThere: false, recorded: first, event: { id, stream: 'IDENTITY_EVENTS' } });
  const repeated = await appendOnce(two, { ...fact, id, data: second });
  expect(repeated).toEqual({ ...appended, wasThere: true });
});

test('a fact is read by its place; another one there is an error that names both', async () => {
  const process = await open();
  const id = EventIdSchema.parse(ids.ulid());
  const { event, recorded } = await appendOnce(process, { ...fact, id, data: user('grace') });
  const known = { definition: userCreated, stream: identityEvents, id, sequence: event.sequence };
  expect(await recordedFact(process, known)).toEqual(recorded);
  const other = EventIdSchema.parse(ids.ulid());
  await expect(recordedFact(process, { ...known, id: other })).rejects.toThrow(`${other} at ${event.sequence}`);
});
