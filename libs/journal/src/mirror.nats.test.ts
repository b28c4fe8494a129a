import { type BucketValue, defineBucket } from '@lurus/events/bucket';
import { type KeyId, type TenantId, unchecked, type UserId, type WalletId } from '@lurus/base/ids';
import { allStreams } from '@lurus/streams/all';
import { allBuckets, keysBucket, pricesBucket, routesBucket } from '@lurus/streams/buckets';
import { useJournal } from '@lurus/testkit/use-journal';
import { useNats } from '@lurus/testkit/use-nats';
import { Kvm } from '@nats-io/kv';
import { nkeyAuthenticator, connect, type NatsConnection } from '@nats-io/transport-node';
import { jetstreamManager } from '@nats-io/jetstream';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Mirror } from './journal.ts';
import { openProvisioner } from './provision.ts';

const nats = useNats();
const processes = useJournal(nats);

type Key = BucketValue<typeof keysBucket>;

const key = (keyId: string, sequence: number, label = 'laptop'): Key => ({
  keyId: unchecked<KeyId>(keyId),
  tenantId: unchecked<TenantId>('main'),
  userId: unchecked<UserId>('01KAQ4V0H0VSER000000000001'),
  walletId: unchecked<WalletId>('01KAQ4V0H0WA11ET0000000001'),
  label,
  digest: 'd',
  models: [],
  requestsPerMinute: null,
  tokensPerMinute: null,
  concurrentRequests: null,
  expiresAt: null,
  isRevoked: false,
  sequence,
});

/** A plain client with the deployer's rights, for what no process may do. */
async function deployer(): Promise<NatsConnection> {
  const authenticator = nkeyAuthenticator(new TextEncoder().encode(nats.seedOf('deployer')));
  const nc = await connect({ servers: nats.url(), authenticator, inboxPrefix: '_INBOX_deployer' });
  onTestFinished(() => nc.close());
  return nc;
}

const shows = (mirror: Mirror<Key>, keyId: string, label: string): Promise<void> =>
  vi.waitFor(() => expect(mirror.get(keyId)?.label).toBe(label), { timeout: 15_000, interval: 20 });

test('a mirror has every value from the start, then each change', async () => {
  const writer = await (await processes.open('projector')).writer(keysBucket);
  for (let index = 0; index < 50; index += 1) await writer.put(`start${index}`, key('start000', index));
  const mirror = await (await processes.open('gateway')).mirror(keysBucket);
  expect(mirror.size()).toBeGreaterThanOrEqual(50);
  expect(mirror.get('start7')).toEqual(key('start000', 7));
  const seen: (string | undefined)[] = [];
  mirror.onChange((name, value) => seen.push(`${name} ${value?.label}`));
  await writer.put('fresh', key('fresh000', 1, 'phone'));
  await shows(mirror, 'fresh', 'phone');
  expect(seen).toEqual(['fresh phone']);
  expect(mirror.isLive()).toBe(true);
});

test('an empty bucket is mirrored at once', async () => {
  const mirror = await (await processes.open('gateway')).mirror(pricesBucket);
  expect(mirror.size()).toBe(0);
});

test('a put never replaces a value of a higher sequence, not even that of another writer', async () => {
  const [first, second] = [await processes.open('projector'), await processes.open('projector')];
  const [one, other] = [await first.writer(keysBucket), await second.writer(keysBucket)];
  expect(await one.put('order', key('order000', 5, 'five'))).toBeGreaterThan(0);
  expect(await other.put('order', key('order000', 9, 'nine'))).toBeGreaterThan(0);
  expect(await one.put('order', key('order000', 7, 'seven'))).toBeUndefined();
  expect((await one.get('order'))?.label).toBe('nine');
  expect(await one.put('order', key('order000', 9, 'nine again'))).toBeGreaterThan(0);
  expect((await other.get('order'))?.label).toBe('nine again');
});

test('puts of one key happen in the order of the calls', async () => {
  const writer = await (await processes.open('projector')).writer(keysBucket);
  const puts = Array.from({ length: 30 }, (_, sequence) => writer.put('rapid', key('rapid000', sequence, `label ${sequence}`)));
  await Promise.all(puts);
  expect((await writer.get('rapid'))?.label).toBe('label 29');
  expect(await writer.keys()).toContain('rapid');
  expect(await writer.get('absent')).toBeUndefined();
});

test('a value that cannot be read is left out and counted, the others stay', async () => {
  const mirror = await (await processes.open('gateway')).mirror(routesBucket);
  // A projector of another version writes a form that this one does not know.
  const strange = defineBucket({ ...routesBucket, value: keysBucket.value });
  const writer = await (await processes.open('projector')).writer(strange);
  await writer.put('main.strange', key('strange0', 1));
  await vi.waitFor(() => expect(mirror.malformed()).toBe(1));
  expect(mirror.get('main.strange')).toBeUndefined();
  expect(mirror.isLive()).toBe(true);
});

test('a mirror catches up after the server was killed', async () => {
  const mirror = await (await processes.open('gateway')).mirror(keysBucket);
  const writer = await (await processes.open('projector')).writer(keysBucket);
  await writer.put('before', key('before00', 1, 'old'));
  await shows(mirror, 'before', 'old');
  await nats.crash();
  await writer.put('before', key('before00', 2, 'new'));
  await writer.put('after', key('after000', 3, 'fresh'));
  await shows(mirror, 'before', 'new');
  await shows(mirror, 'after', 'fresh');
});

test('a deleted bucket leaves the last values standing, and a new one is followed', async () => {
  const mirror = await (await processes.open('gateway')).mirror(keysBucket);
  const writer = await (await processes.open('projector')).writer(keysBucket);
  await writer.put('lasting', key('lasting0', 40, 'kept'));
  await shows(mirror, 'lasting', 'kept');
  const before = await writer.state();
  const manager = await jetstreamManager(await deployer());
  await manager.streams.delete('KV_KEYS');
  await vi.waitFor(() => expect(mirror.isLive()).toBe(false), { timeout: 10_000 });
  expect(mirror.get('lasting')?.label).toBe('kept');
  const provisioner = await openProvisioner({ url: nats.url(), seed: nats.seedOf('deployer'), processName: 'deployer', instance: 'test' });
  await provisioner.apply({ streams: allStreams, buckets: allBuckets, replicas: 1 });
  await provisioner.close();
  // A rebuild writes the old sequences first; the mirror must not go back, and must see what is newer.
  const rebuilt = await (await processes.open('projector')).writer(keysBucket);
  await rebuilt.put('lasting', key('lasting0', 30, 'older'));
  await rebuilt.put('lasting', key('lasting0', 41, 'newer'));
  await shows(mirror, 'lasting', 'newer');
  expect((await rebuilt.state()).createdAt).not.toBe(before.createdAt);
  // The writer that lived through it does not stumble over the revisions that it remembers.
  expect(await writer.put('lasting', key('lasting0', 42, 'newest'))).toBeGreaterThan(0);
});

test('any key-value client can read a bucket', async () => {
  const writer = await (await processes.open('projector')).writer(keysBucket);
  await writer.put('plain', key('plain000', 1, 'readable'));
  const bucket = await new Kvm(await deployer()).open('KEYS', { allow_direct: true });
  expect((await bucket.get('plain'))?.json()).toMatchObject({ key_id: 'plain000', label: 'readable', is_revoked: false });
});
