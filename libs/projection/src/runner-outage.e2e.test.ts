/** Back ends that go away while a projection runs: it waits and goes on by itself. Postgres is this file's own, since it is killed. */
import { mkdtempSync, rmSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningBackends } from '@lurus/stack/backends';
import { startEmbedded } from '@lurus/stack/embedded';
import { anyFreePorts } from '@lurus/stack/ports';
import { makeSecrets } from '@lurus/stack/secrets';
import { useNats } from '@lurus/testkit/use-nats';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, newWallet, readWallet, useWallets } from './wallets.fixture.ts';

let backends: RunningBackends | undefined;
const folder = mkdtempSync(join(tmpdir(), 'lurus-outage-'));

beforeAll(async () => {
  chmodSync(folder, 0o755); // As root, Postgres runs as another user who has to get in.
  backends = await startEmbedded({
    folder,
    logs: join(folder, 'logs'),
    ports: await anyFreePorts(),
    secrets: makeSecrets([]),
    only: ['postgres'],
    isDurable: false,
    clickHouseDatabases: [],
    natsBinary: { given: undefined, env: {} },
  });
});
afterAll(async () => {
  await backends?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const nats = useNats();
const world = useWallets(nats, () => backends?.urls.postgres ?? '');

test('a crash of Postgres is survived: every event is applied once it is back', async () => {
  const states: string[] = [];
  const runner = world.start({ observer: { onState: ({ state }) => states.push(state) } });
  const walletId = newWallet();
  let total = 0n;
  const creditSome = async (): Promise<void> => {
    await Promise.all(Array.from({ length: 20 }, () => world.credit(walletId, 1n)));
    total += 20n;
  };
  await creditSome();
  await eventually('the first are applied', async () => (await readWallet(world.database(), walletId))?.available_nanos === total);
  const [server] = backends?.processes ?? [];
  await server?.kill('SIGKILL');
  for (let round = 0; round < 5; round += 1) await creditSome();
  await server?.ready();
  await creditSome();
  await eventually('all are applied', async () => (await readWallet(world.database(), walletId))?.available_nanos === total);
  const { rows } = await world
    .database()
    .query<{ count: number }>('select count(*) as count from transactions where wallet_id = $1', [walletId]);
  expect(rows[0]?.count).toBe(Number(total));
  expect(states).toContain('waiting');
  expect(runner.status()[0]?.state).toBe('following');
});

test('a crash of NATS is survived', async () => {
  world.start();
  const walletId = newWallet();
  await world.credit(walletId, 5n);
  await eventually('the first is applied', async () => (await readWallet(world.database(), walletId))?.available_nanos === 5n);
  await nats.crash();
  await world.credit(walletId, 6n);
  await eventually('the next is applied', async () => (await readWallet(world.database(), walletId))?.available_nanos === 11n);
});
