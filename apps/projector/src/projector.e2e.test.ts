/** The process itself: it starts, follows every stream, answers, shows its metrics, and stops cleanly. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { anyFreePorts } from '@lurus/stack/ports';
import { useClickHouse } from '@lurus/testkit/use-clickhouse';
import { useNats } from '@lurus/testkit/use-nats';
import { usePostgres } from '@lurus/testkit/use-postgres';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { z } from 'zod';

const nats = useNats();
const postgres = usePostgres();
const clickhouse = useClickHouse();
const adminToken = 'an-admin-token-of-tests';
let projector: ChildProcess;
let base = '';
let log = '';

beforeAll(async () => {
  const { projector: port } = await anyFreePorts();
  base = `http://127.0.0.1:${port}`;
  projector = spawn(process.execPath, [fileURLToPath(new URL('./main.ts', import.meta.url))], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      LURUS_NATS_URL: nats.url(),
      LURUS_NATS_SEED: nats.seedOf('projector'),
      LURUS_POSTGRES_URL: postgres.url,
      LURUS_CLICKHOUSE_URL: clickhouse.url,
      LURUS_ADMIN_TOKEN: adminToken,
      LURUS_PROJECTOR_PORT: String(port),
    },
  });
  projector.stderr?.on('data', (chunk: Buffer) => (log += chunk.toString()));
});

afterAll(() => {
  if (projector.exitCode === null) projector.kill('SIGKILL');
});

const get = (path: string): Promise<Response> => fetch(base + path, { headers: { authorization: `Bearer ${adminToken}` } });

test('it becomes ready when every projection follows its stream', async () => {
  const answers = async (): Promise<void> => {
    const answer = await get('/readyz');
    if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}\n${log}`);
  };
  await vi.waitFor(answers, { timeout: 40_000, interval: 100 });
});

const Answer = z.object({
  projections: z.array(
    z.object({
      name: z.string(),
      version: z.number(),
      state: z.string(),
      error: z.null(),
      partitions: z.array(
        z.object({ stream: z.string(), partition: z.number(), position: z.number(), head: z.number(), lag_events: z.number() }),
      ),
    }),
  ),
});

test('it tells how far every projection is, to operators alone', async () => {
  const { projections } = Answer.parse(await (await get('/v1/projections')).json());
  expect(projections.map(({ name, state }) => [name, state])).toEqual(
    ['wallets', 'keys', 'routes', 'prices', 'request_log', 'usage_hourly'].map((name) => [name, 'following']),
  );
  expect(projections[0]?.partitions).toHaveLength(16);
  expect(projections[0]?.partitions[0]).toMatchObject({ stream: 'BILLING_EVENTS', partition: 0, lag_events: 0 });
  expect((await fetch(`${base}/v1/projections`)).status).toBe(401);
});

test('its metrics name every projection', async () => {
  const metrics = await (await get('/metrics')).text();
  for (const name of ['wallets', 'request_log'])
    expect(metrics).toMatch(new RegExp(`switch_projection_following\\{projection="${name}"[^}]*\\} 1`));
});

test('it stops cleanly on SIGTERM', async () => {
  projector.kill('SIGTERM');
  const [code] = await once(projector, 'exit');
  expect({ code, log }).toMatchObject({ code: 0 });
});
