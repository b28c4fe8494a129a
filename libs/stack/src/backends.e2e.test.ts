/** Method: the shared suite for each maker that can run here; `external` is given the servers of another maker. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { RunningBackends } from './backends.ts';
import { backendsSuite } from './backends-suite.ts';
import { startContainers } from './containers.ts';
import { answersDocker } from './docker-engine.ts';
import { startEmbedded } from './embedded.ts';
import { useExternal } from './external.ts';
import { natsUserNames } from './nats-config.ts';
import { anyFreePorts } from './ports.ts';
import { makeSecrets, type Secrets } from './secrets.ts';

const folder = mkdtempSync(join(tmpdir(), 'lurus-backends-'));
chmodSync(folder, 0o755); // As root, Postgres runs as another user who has to get in.
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const embedded = async (name: string, secrets: Secrets): Promise<RunningBackends> =>
  startEmbedded({
    folder: join(folder, name),
    logs: join(folder, name, 'logs'),
    ports: await anyFreePorts(),
    secrets,
    isDurable: false,
    clickHouseDatabases: ['lurus'],
    natsBinary: { env: process.env },
  });

backendsSuite({ kind: 'embedded', start: (secrets) => embedded('embedded', secrets) });

backendsSuite({
  kind: 'external',
  start: async (secrets) => {
    const others = await embedded('external', secrets);
    const { nats, postgres, clickhouse } = others.urls;
    const external = await useExternal({ natsUrl: nats, postgresUrl: postgres, clickhouseUrl: clickhouse });
    return { ...external, stop: others.stop };
  },
});

if (await answersDocker(process.env)) {
  backendsSuite({
    kind: 'containers',
    start: (secrets) =>
      startContainers({ folder: join(folder, 'containers'), secrets, clickHouseDatabases: ['lurus'], ports: undefined, isKept: false }),
  });
}

describe('embedded back ends', () => {
  test('keep what they were given over a restart, and come back after a crash', async () => {
    const secrets = makeSecrets(natsUserNames);
    const first = await embedded('again', secrets);
    await Promise.all(first.processes.map((process) => process.kill('SIGKILL')));
    await Promise.all(first.processes.map((process) => process.ready()));
    expect(first.processes.map((process) => process.restarts())).toEqual([1, 1, 1]);
    await first.stop();
    const second = await embedded('again', secrets);
    await second.stop();
    expect(first.processes.map((process) => process.pid())).toEqual([undefined, undefined, undefined]);
  });

  test('a server that does not answer is named with its setting', async () => {
    const nowhere = {
      natsUrl: 'nats://127.0.0.1:9',
      postgresUrl: 'postgres://lurus@127.0.0.1:9/lurus',
      clickhouseUrl: 'http://127.0.0.1:9/lurus',
    };
    await expect(useExternal(nowhere)).rejects.toThrow(/LURUS_(NATS|POSTGRES|CLICKHOUSE)_URL/);
  });
});
