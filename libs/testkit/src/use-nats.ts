import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@lurus/base/clock';
import { readSettings } from '@lurus/base/setting';
import { openJournal } from '@lurus/journal/connect';
import type { JournalConnection, JournalOptions } from '@lurus/journal/journal';
import type { BackendUrls } from '@lurus/stack/backends';
import { startEmbedded } from '@lurus/stack/embedded';
import { natsUserNames } from '@lurus/stack/nats-config';
import { anyFreePorts } from '@lurus/stack/ports';
import type { SupervisedProcess } from '@lurus/stack/process';
import { prepareStreams } from '@lurus/stack/prepare-streams';
import { makeSecrets, type Secrets } from '@lurus/stack/secrets';
import { deployerProcess } from '@lurus/streams/processes';
import { afterAll, beforeAll } from 'vitest';

/** A NATS server of this test file alone, configured as in production: users with their rights, every write synced. */
export interface TestNats {
  /** Valid from the first `beforeAll` after the call. */
  readonly url: () => string;
  readonly webSocketUrl: () => string;
  readonly monitoringUrl: () => string;
  /** The nkey seed of a process: `seedOf('gateway')`. Throws an Error for a process that was never declared. */
  readonly seedOf: (processName: string) => string;
  /** A connection of a process, with its rights. It is closed after the file's last test; closing it earlier is harmless. */
  readonly connectAs: (processName: string, overrides?: Partial<JournalOptions>) => Promise<JournalConnection>;
  /** Kills the server (SIGKILL) and resolves when it is back with what it had on disk. */
  readonly crash: () => Promise<void>;
  /** The server's process, for other kinds of trouble. */
  readonly server: () => SupervisedProcess;
}

interface Started {
  readonly urls: BackendUrls;
  readonly server: SupervisedProcess;
  readonly stop: () => Promise<void>;
}

/** Tests look at outcomes; what a connection logs on the way would drown them. */
const SILENT: JournalOptions['log'] = { info: () => undefined, warn: () => undefined, error: () => undefined };

function seedIn(secrets: Secrets, processName: string): string {
  const seed = secrets.nats_seeds[processName];
  if (!seed) throw new Error(`no process is called ${processName}: streams/processes.ts declares ${natsUserNames.join(', ')}`);
  return seed;
}

async function start(secrets: Secrets): Promise<Started> {
  const folder = mkdtempSync(join(tmpdir(), 'lurus-nats-'));
  const { LURUS_NATS_SERVER } = readSettings(process.env, ['LURUS_NATS_SERVER']);
  const backends = await startEmbedded({
    folder,
    logs: join(folder, 'logs'),
    ports: await anyFreePorts(),
    secrets,
    only: ['nats'],
    isDurable: true,
    clickHouseDatabases: [],
    natsBinary: { given: LURUS_NATS_SERVER, env: process.env },
  });
  const [server] = backends.processes;
  if (!server) throw new Error('the embedded stack started without its NATS server');
  await prepareStreams({ natsUrl: backends.urls.nats, deployerSeed: seedIn(secrets, deployerProcess.name) });
  const stop = async (): Promise<void> => {
    await backends.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { urls: backends.urls, server, stop };
}

/** Starts a server for this test file, with every stream and bucket declared, and stops it after the file's last test. */
export function useNats(): TestNats {
  const secrets = makeSecrets(natsUserNames);
  const connections: JournalConnection[] = [];
  let started: Started | undefined;
  const running = (): Started => {
    if (!started) throw new Error('useNats() has no server yet: use it inside beforeAll or a test');
    return started;
  };
  beforeAll(async () => {
    started = await start(secrets);
  });
  afterAll(async () => {
    await Promise.allSettled(connections.map((connection) => connection.close()));
    await started?.stop();
  });
  return {
    url: () => running().urls.nats,
    webSocketUrl: () => running().urls.natsWebSocket ?? '',
    monitoringUrl: () => running().urls.natsMonitoring ?? '',
    seedOf: (processName) => seedIn(secrets, processName),
    connectAs: async (processName, overrides = {}) => {
      const connection = await openJournal({
        url: running().urls.nats,
        seed: seedIn(secrets, processName),
        processName,
        instance: 'test',
        clock: systemClock,
        log: SILENT,
        needsDurableServer: true,
        ...overrides,
      });
      connections.push(connection);
      return connection;
    },
    crash: async () => {
      await running().server.kill('SIGKILL');
      await running().server.ready();
    },
    server: () => running().server,
  };
}
