/** Starts what the `backends` project shares, once a run; nothing for unit tests. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '@lurus/base/setting';
import type { RunningBackends } from '@lurus/stack/backends';
import { answersDocker } from '@lurus/stack/docker-engine';
import { startEmbedded } from '@lurus/stack/embedded';
import { anyFreePorts } from '@lurus/stack/ports';
import { makeSecrets } from '@lurus/stack/secrets';
import type { TestProject } from 'vitest/node';
import type { SharedBackends } from './shared-backends.ts';

/** Every database that a test makes is called so; the users of the test servers can touch no other. */
export const TEST_DATABASES = ['lurus', 't_*'];

async function startShared(folder: string): Promise<RunningBackends> {
  const { LURUS_STACK, LURUS_NATS_SERVER } = readSettings(process.env, ['LURUS_STACK', 'LURUS_NATS_SERVER']);
  const options = { folder, secrets: makeSecrets([]), only: ['postgres', 'clickhouse'] as const, clickHouseDatabases: TEST_DATABASES };
  const isContainers = LURUS_STACK === 'containers' || (LURUS_STACK === 'auto' && (await answersDocker(process.env)));
  if (isContainers) {
    // Loading testcontainers takes longer than starting what is needed here; most runs never need it.
    const { startContainers } = await import('@lurus/stack/containers');
    return startContainers({ ...options, ports: undefined, isKept: false });
  }
  const natsBinary = { given: LURUS_NATS_SERVER, env: process.env };
  return startEmbedded({ ...options, logs: join(folder, 'logs'), ports: await anyFreePorts(), isDurable: false, natsBinary });
}

/** vitest calls it before the first test of the run, and what it returns after the last. */
export default async function globalSetup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (!project.vitest.projects.some((active) => active.name === 'backends')) return undefined;
  const startedAt = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'lurus-test-'));
  chmodSync(folder, 0o755); // As root, Postgres runs as another user who has to get in.
  const backends = await startShared(folder);
  console.log(`test back ends: ${backends.kind} Postgres and ClickHouse in ${Math.round(performance.now() - startedAt)} ms`);
  const shared: SharedBackends = { kind: backends.kind, urls: backends.urls };
  project.provide('backends', shared);
  return async () => {
    await backends.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}
