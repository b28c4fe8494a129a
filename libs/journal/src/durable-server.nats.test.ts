/** Servers of every kind that a process could be pointed at, started with the configuration of production or a part of it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '@lurus/base/setting';
import { systemClock } from '@lurus/base/clock';
import { freePorts } from '@lurus/stack/free-ports';
import { natsBinary } from '@lurus/stack/nats-binary';
import { allStreams } from '@lurus/streams/all';
import { gatewayProcess } from '@lurus/streams/processes';
import { silentLog } from '@lurus/testkit/use-journal';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openJournal } from './connect.ts';
import type { JournalConnection } from './journal.ts';
import { createUserSeed, publicKeyOfSeed } from './nkey.ts';
import { permissionsOf } from './permissions.ts';
import { isJournalAway } from './problems.ts';
import { natsAccounts, natsJetStream } from './server-config.ts';

const seed = createUserSeed();
const users = [{ name: 'gateway', publicKey: publicKeyOfSeed(seed), permissions: permissionsOf(gatewayProcess, allStreams) }];

async function startServer(config: (folder: string) => string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'lurus-durable-'));
  const [port] = await freePorts(1);
  const path = join(folder, 'nats.conf');
  writeFileSync(path, `listen: "127.0.0.1:${port}"\n${config(folder)}`);
  const { LURUS_NATS_SERVER } = readSettings(process.env, ['LURUS_NATS_SERVER']);
  const server: ChildProcess = spawn(await natsBinary({ given: LURUS_NATS_SERVER, env: process.env }), ['-c', path], { stdio: 'ignore' });
  onTestFinished(() => {
    server.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  return `nats://127.0.0.1:${port}`;
}

/** Opens as soon as the server listens. */
const open = (url: string, options: { readonly seed?: string; readonly needsDurableServer: boolean }): Promise<unknown> =>
  vi.waitFor(
    async () => {
      const common = { url, processName: 'gateway', instance: 'test', clock: systemClock, log: silentLog };
      const result: JournalConnection | Error = await openJournal({ ...common, ...options }).catch((error: Error) => error);
      if (isJournalAway(result)) throw result; // Not listening yet.
      if ('journal' in result) await result.close();
      return 'journal' in result ? 'opened' : result;
    },
    { timeout: 10_000, interval: 50 },
  );

const production = (folder: string): string => natsJetStream({ storeFolder: folder }) + natsAccounts(users);

test('a server that syncs before it acknowledges is accepted', async () => {
  const url = await startServer(production);
  expect(await open(url, { seed, needsDurableServer: true })).toBe('opened');
});

test('a server that syncs every two minutes, as servers do by default, is refused', async () => {
  const url = await startServer((folder) => production(folder).replace('sync_interval: always', ''));
  expect(await open(url, { seed, needsDurableServer: true })).toMatchObject({ details: { code: 'server_not_durable' } });
});

test('a server that does not say how it keeps data is refused', async () => {
  const url = await startServer((folder) => natsJetStream({ storeFolder: folder }));
  expect(await open(url, { needsDurableServer: true })).toMatchObject({ details: { code: 'server_not_durable' } });
});

test('who appends no truth may use any server', async () => {
  const url = await startServer((folder) => production(folder).replace('sync_interval: always', ''));
  expect(await open(url, { seed, needsDurableServer: false })).toBe('opened');
});
