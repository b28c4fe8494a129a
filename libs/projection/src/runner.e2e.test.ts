/**
 * The runner on real NATS and Postgres with the projection that money depends on. Crashes are made by a failpoint that throws: the lane ends
 * without putting or acknowledging anything more, as a kill would leave it.
 */
import { instantOf } from '@lurus/base/clock';
import { walletCredited } from '@lurus/events/catalogue/billing';
import { billingEvents } from '@lurus/streams/billing-events';
import { balancesBucket } from '@lurus/streams/buckets';
import { projectorEvents } from '@lurus/streams/projector-events';
import { useNats } from '@lurus/testkit/use-nats';
import { usePostgres } from '@lurus/testkit/use-postgres';
import { expect, test } from 'vitest';
import { partitionOfToken } from '@lurus/events/partition';
import { eventually, newRequest, newWallet, readWallet, useWallets } from './wallets.fixture.ts';

const nats = useNats();
const postgres = usePostgres();
const world = useWallets(nats, () => postgres.url);

const has = async (walletId: ReturnType<typeof newWallet>, available: bigint): Promise<boolean> =>
  (await readWallet(world.database(), walletId))?.available_nanos === available;

/** A wallet in partitions 0 to 7. */
function lowWallet() {
  for (;;) {
    const walletId = newWallet();
    if (partitionOfToken(walletId) <= 7) return walletId;
  }
}

const transactionsOf = async (walletId: string) =>
  (
    await world
      .database()
      .query<{ sequence: number; event_name: string; reason: string }>(
        'select sequence, event_name, reason from transactions where wallet_id = $1 order by sequence',
        [walletId],
      )
  ).rows;

async function bucketValue(walletId: string) {
  const writer = await world.connection('projector').writer(balancesBucket);
  const value = await writer.get(walletId);
  return value?.kind === 'balance' ? value : undefined;
}

test('money shows in Postgres and in the bucket, with the sequence that it is true at', async () => {
  world.start();
  const [walletId, requestId] = [newWallet(), newRequest()];
  await world.credit(walletId, 5_000n);
  await world.hold({ walletId, requestId, amount: 2_000n });
  const { sequence } = await world.settle({ walletId, requestId, amount: 1_250n });
  await eventually('the wallet has 3,750', () => has(walletId, 3_750n));
  await eventually('the bucket follows', async () => (await bucketValue(walletId))?.sequence === sequence);
  expect(await bucketValue(walletId)).toEqual({
    kind: 'balance',
    walletId,
    availableNanos: 3_750n,
    heldNanos: 0n,
    isFrozen: false,
    sequence,
  });
  expect((await transactionsOf(walletId)).map((row) => row.event_name)).toEqual(['wallet.credited', 'hold.placed', 'usage.settled']);
});

test('a heartbeat of every partition comes at least every second and is true at what was folded', async () => {
  world.start();
  const { sequence } = await world.credit(newWallet(), 1n);
  const writer = await world.connection('projector').writer(balancesBucket);
  const beatOf = async (partition: number) => {
    const value = await writer.get(`heartbeat.${partition}`);
    return value?.kind === 'heartbeat' ? value : undefined;
  };
  await eventually('the heartbeat reached the credit', async () => ((await beatOf(15))?.sequence ?? 0) >= sequence);
  for (let partition = 0; partition <= 15; partition += 1) {
    const beat = await beatOf(partition);
    expect(Date.now() - Date.parse(beat?.at ?? '')).toBeLessThan(1_000);
  }
});

test('a crash between commit and acknowledgement applies nothing twice, and the bucket gets what it missed', async () => {
  const walletId = newWallet();
  const crashing = world.start({
    failpoint: (at) => {
      if (at === 'committed') throw new Error('killed');
    },
  });
  await world.credit(walletId, 700n);
  await crashing.ended;
  expect(await readWallet(world.database(), walletId)).toMatchObject({ available_nanos: 700n });
  expect(await bucketValue(walletId)).toBeUndefined();
  world.start();
  await eventually('the bucket was repaired', async () => (await bucketValue(walletId))?.availableNanos === 700n);
  await world.credit(walletId, 50n);
  await eventually('the next credit was applied', () => has(walletId, 750n));
  expect(await transactionsOf(walletId)).toHaveLength(2);
});

test('an event that the stream has twice counts once', async () => {
  world.start();
  const walletId = newWallet();
  await world.credit(walletId, 10n);
  await eventually('the first was applied', () => has(walletId, 10n));
  const event = await world.connection('operator').eventAt(billingEvents, (await transactionsOf(walletId))[0]?.sequence ?? 0);
  if (event?.outcome !== 'event') throw new Error('the credit is in the stream');
  // The server's own window would drop a plain repeat, so the log forgets the event's place and the next one takes its id.
  await world
    .database()
    .query('update wallets_v1.transactions set event_id = $1 where wallet_id = $2', ['01KAQ4V0H0EVENT00000000009', walletId]);
  const { sequence } = await world.append(
    'billing',
    walletCredited,
    event.event.data as never, // It is the credit's own data.
    '01KAQ4V0H0EVENT00000000009' as never, // A ULID.
  );
  await eventually('the repeat was read', async () => {
    const { rows } = await world.database().query<{ least: number }>('select min(sequence)::bigint as least from lurus.positions');
    return (rows[0]?.least ?? 0) >= sequence;
  });
  expect(await has(walletId, 10n)).toBe(true);
  expect(await transactionsOf(walletId)).toHaveLength(1);
});

test('of two runners that fold the same partitions at once one is stopped by the fence, and nothing is applied twice', async () => {
  const walletId = lowWallet();
  // Different partitions make different consumers, so that the server's own pin does not keep them apart.
  const all = world.start();
  const low = world.start({ partitions: { first: 0, last: 7 } });
  await eventually('both follow', () => [...all.status(), ...low.status()].every(({ state }) => state === 'following'));
  let appended = 0n;
  const isStopped = () => [...all.status(), ...low.status()].filter(({ state }) => state === 'stopped');
  while (isStopped().length === 0 && appended < 20_000n) {
    await Promise.all(Array.from({ length: 100 }, () => world.credit(walletId, 1n)));
    appended += 100n;
  }
  expect(isStopped()).toHaveLength(1);
  expect(isStopped()[0]?.error).toContain('another runner moved the positions');
  await eventually('every credit counts once', () => has(walletId, appended));
  expect(await transactionsOf(walletId)).toHaveLength(Number(appended));
});

test('a poison event freezes its wallet and tells so; its later events wait in order, other wallets go on', async () => {
  world.start({ limits: { poisonPausesMs: [1, 1, 1] } });
  const [poisoned, well] = [newWallet(), newWallet()];
  await world.credit(poisoned, 100n);
  const { sequence: poison } = await world.credit(poisoned, 1n, { reason: 'a character that Postgres cannot keep: \u0000' });
  await world.credit(well, 100n);
  const { sequence: behind } = await world.credit(poisoned, 5n);
  await world.credit(well, 10n);
  await eventually('the other wallet went on', () => has(well, 110n));
  await eventually('the wallet is frozen', async () => (await readWallet(world.database(), poisoned))?.is_frozen === true);
  expect(await readWallet(world.database(), poisoned)).toMatchObject({ available_nanos: 100n, is_frozen: true });
  await eventually('the bucket shows it', async () => (await bucketValue(poisoned))?.isFrozen === true);
  await eventually('what is behind was parked', async () => {
    const { rows } = await world
      .database()
      .query<{ sequence: number; error: string }>('select sequence, error from wallets_v1.parked_events where key = $1 order by sequence', [
        poisoned,
      ]);
    return (
      rows.length === 2 && rows[0]?.sequence === poison && rows[0].error !== '' && rows[1]?.sequence === behind && rows[1].error === ''
    );
  });
  const told = await noticesAbout(poison);
  expect(told).toEqual(expect.arrayContaining(['event.parked', 'wallet.frozen']));
});

/** Names of the events in PROJECTOR_EVENTS that speak of a sequence. */
async function noticesAbout(sequence: number): Promise<string[]> {
  const operator = world.connection('operator');
  const { lastSequence } = await operator.streamState(projectorEvents);
  const names: string[] = [];
  for (let at = 1; at <= lastSequence; at += 1) {
    const delivery = await operator.eventAt(projectorEvents, at);
    if (delivery?.outcome === 'event' && (delivery.event.data as { sequence?: number }).sequence === sequence)
      names.push(delivery.event.name);
  }
  return names;
}

test('a frozen wallet stays frozen for the next runner', async () => {
  const first = world.start({ limits: { poisonPausesMs: [] } });
  const walletId = newWallet();
  await world.credit(walletId, 1n, { reason: '\u0000' });
  await eventually('it is frozen', async () => (await bucketValue(walletId))?.isFrozen === true);
  await first.stop();
  world.start();
  const { sequence } = await world.credit(walletId, 5n);
  await eventually('its next event waits', async () => {
    const { rows } = await world.database().query('select from wallets_v1.parked_events where sequence = $1', [sequence]);
    return rows.length === 1;
  });
  expect(await readWallet(world.database(), walletId)).toBeUndefined();
});

test('a hold past its time and the grace is given back by one event, whoever looks', async () => {
  world.start({ partitions: { first: 0, last: 7 } });
  world.start({ partitions: { first: 8, last: 15 } });
  const [walletId, requestId] = [newWallet(), newRequest()];
  await world.credit(walletId, 1_000n);
  await world.hold({ walletId, requestId, amount: 400n, expiresAt: instantOf(Date.now() - 4_000) });
  await eventually('it is held', () => has(walletId, 600n));
  await eventually('it came back', () => has(walletId, 1_000n));
  await world.settle({ walletId, requestId, amount: 300n });
  await eventually('the late settlement is charged', () => has(walletId, 700n));
  expect((await transactionsOf(walletId)).map((row) => `${row.event_name} ${row.reason}`)).toEqual([
    'wallet.credited top-up',
    'hold.placed ',
    'hold.expired ',
    'usage.settled late: complete',
  ]);
});

test('a runner that waits takes over when the other one ends', async () => {
  const first = world.start();
  await eventually('the first follows', () => first.status()[0]?.state === 'following');
  const walletId = newWallet();
  await world.credit(walletId, 1n);
  await eventually('the first works', () => has(walletId, 1n));
  const second = world.start();
  await eventually('the second follows', () => second.status()[0]?.state === 'following');
  await world.credit(walletId, 1n);
  await eventually('one of them works', () => has(walletId, 2n));
  await first.stop();
  await world.credit(walletId, 1n);
  await eventually('the second works', () => has(walletId, 3n));
  expect(second.status()[0]?.state).toBe('following');
});

test('an event of an unknown version stops the projection of money before it, and says so', async () => {
  const runner = world.start();
  const walletId = newWallet();
  await world.credit(walletId, 5n);
  const { sequence } = await world.append(
    'billing',
    { ...walletCredited, version: 2 },
    {
      walletId,
      userId: walletId as never, // Any ULID.
      amountNanos: 1n as never, // Any amount.
      reason: '',
      reference: '',
      actor: 'test',
    },
  );
  await runner.ended;
  expect(runner.status()[0]).toMatchObject({ state: 'stopped', error: expect.stringContaining(`wallet.credited at ${sequence}`) });
  expect(await has(walletId, 5n)).toBe(true);
});
