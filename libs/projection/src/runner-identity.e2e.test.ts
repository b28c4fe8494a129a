/** What a runner does when the world is not the one that it left: another stream, another bucket, dropped tables. */
import { balancesBucket } from '@lurus/streams/buckets';
import { billingEvents } from '@lurus/streams/billing-events';
import { useNats } from '@lurus/testkit/use-nats';
import { usePostgres } from '@lurus/testkit/use-postgres';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect, nkeyAuthenticator } from '@nats-io/transport-node';
import { openProvisioner } from '@lurus/journal/provision';
import { expect, test } from 'vitest';
import { eventually, newWallet, readWallet, useWallets } from './wallets.fixture.ts';

const nats = useNats();
const postgres = usePostgres();
const world = useWallets(nats, () => postgres.url);

async function asDeployer(work: (jsm: Awaited<ReturnType<typeof jetstreamManager>>) => Promise<unknown>): Promise<void> {
  const nc = await connect({
    servers: nats.url(),
    authenticator: nkeyAuthenticator(new TextEncoder().encode(nats.seedOf('deployer'))),
    inboxPrefix: '_INBOX_deployer',
  });
  await work(await jetstreamManager(nc, { checkAPI: false }));
  await nc.close();
}

async function makeAnew(name: 'KV_BALANCES' | 'BILLING_EVENTS'): Promise<void> {
  await asDeployer((jsm) => jsm.streams.delete(name));
  const provisioner = await openProvisioner({ url: nats.url(), seed: nats.seedOf('deployer'), processName: 'deployer', instance: 'test' });
  await provisioner.apply({ streams: [billingEvents], buckets: [balancesBucket], replicas: 1 });
  await provisioner.close();
}

async function availableInBucket(walletId: string): Promise<bigint | undefined> {
  const value = await (await world.connection('projector').writer(balancesBucket)).get(walletId);
  return value?.kind === 'balance' ? value.availableNanos : undefined;
}

test('a bucket that was deleted is filled again wholly at start', async () => {
  const first = world.start();
  const [one, other] = [newWallet(), newWallet()];
  await world.credit(one, 1n);
  await world.credit(other, 2n);
  await eventually('both are in the bucket', async () => (await availableInBucket(one)) === 1n && (await availableInBucket(other)) === 2n);
  await first.stop();
  await makeAnew('KV_BALANCES');
  expect(await availableInBucket(one)).toBeUndefined();
  world.start();
  await eventually('both are back', async () => (await availableInBucket(one)) === 1n && (await availableInBucket(other)) === 2n);
});

test('a bucket that is deleted under a running projector is filled again with the next check', async () => {
  world.start({ limits: { identityMs: 200 } });
  const walletId = newWallet();
  await world.credit(walletId, 7n);
  await eventually('it is in the bucket', async () => (await availableInBucket(walletId)) === 7n);
  await makeAnew('KV_BALANCES');
  await eventually('it is back', async () => (await availableInBucket(walletId)) === 7n);
});

test('a view whose tables were dropped is built again from the first event', async () => {
  const first = world.start();
  const walletId = newWallet();
  await world.credit(walletId, 11n);
  await eventually('it is there', async () => (await readWallet(world.database(), walletId))?.available_nanos === 11n);
  await first.stop();
  await world.database().script('drop schema wallets_v1 cascade');
  world.start();
  await eventually('it is there again', async () => (await readWallet(world.database(), walletId))?.available_nanos === 11n);
});

test('quiet partitions follow the head of the stream, so that expiry never looks like a loss', async () => {
  const runner = world.start({ limits: { identityMs: 100 } });
  const { sequence } = await world.credit(newWallet(), 1n);
  await eventually('every partition is at the head', () => {
    const positions = runner.status()[0]?.positions ?? [];
    return positions.length === 16 && positions.every((position) => position.sequence >= sequence);
  });
});

test('a stream that was made anew stops the projection, which says why', async () => {
  const runner = world.start({ limits: { identityMs: 200 } });
  const walletId = newWallet();
  await world.credit(walletId, 3n);
  await eventually('it is folded', async () => (await readWallet(world.database(), walletId))?.available_nanos === 3n);
  await makeAnew('BILLING_EVENTS');
  await runner.ended;
  expect(runner.status()[0]).toMatchObject({ state: 'stopped', error: expect.stringContaining('it was re-created') });
  const next = world.start();
  await next.ended;
  expect(next.status()[0]).toMatchObject({ state: 'stopped', error: expect.stringContaining('BILLING_EVENTS was made on') });
  expect(await readWallet(world.database(), walletId)).toMatchObject({ available_nanos: 3n });
});
