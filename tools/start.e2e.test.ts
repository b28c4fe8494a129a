/**
 * Method: `tools/start.ts` as a process of its own, as `npm start` runs it, in a fresh home on ports that are free; looked at from outside
 * through `ready.json`, its output, signals and the processes that are left.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { isPortFree } from '@lurus/stack/free-ports';
import { shiftedPorts } from '@lurus/stack/ports';
import type { ReadyFile } from '@lurus/stack/ready-file';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** A cold start on two busy cores. */
const READY_TIMEOUT_MS = 60_000;
/** Everything here starts and stops whole systems. */
const TEST_TIMEOUT_MS = 180_000;

const root = fileURLToPath(new URL('../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'lurus-start-'));
const home = join(folder, '.lurus');
const readyPath = join(home, 'ready.json');
const children: ChildProcess[] = [];
let shift = 0;

interface Start {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly exitCode: Promise<number | null>;
}

function start(extra: Record<string, string> = {}): Start {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST') && name !== 'NODE_ENV');
  const env = { ...Object.fromEntries(own), LURUS_HOME: home, LURUS_PORT_SHIFT: String(shift), ...extra };
  const child = spawn(process.execPath, [join(root, 'tools/start.ts')], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => (text += bytes.toString('utf8')));
  const exitCode = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { child, output: () => text, exitCode };
}

async function until(
  isTrue: () => boolean | Promise<boolean>,
  input: { readonly what: string; readonly output?: () => string },
): Promise<void> {
  const giveUpAt = performance.now() + READY_TIMEOUT_MS;
  while (!(await isTrue())) {
    if (performance.now() > giveUpAt) throw new Error(`it did not happen: ${input.what}\n${input.output?.() ?? ''}`);
    await sleep(20);
  }
}

async function ready(started: Start): Promise<ReadyFile> {
  let hasEnded = false;
  void started.exitCode.then(() => (hasEnded = true));
  await until(() => existsSync(readyPath) || hasEnded, { what: 'ready.json', output: started.output });
  if (!existsSync(readyPath)) throw new Error(`the start ended:\n${started.output()}`);
  return JSON.parse(readFileSync(readyPath, 'utf8')) as ReadyFile; // Written by us, looked at by the tests.
}

const portsAreFree = async (): Promise<boolean> =>
  (await Promise.all(Object.values(shiftedPorts(shift)).map((port) => isPortFree(port)))).every(Boolean);

beforeAll(async () => {
  chmodSync(folder, 0o755); // As root, Postgres runs as another user who has to get in.
  for (shift = 20_000 + (process.pid % 200) * 50; !(await portsAreFree()); shift += 7);
});

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await until(portsAreFree, { what: 'every process ended' });
  rmSync(folder, { recursive: true, force: true });
});

test(
  'a system starts, refuses a second one, survives the murder of its supervisor, and comes back with what it had',
  async () => {
    const first = start();
    const before = await ready(first);
    expect(statSync(readyPath).mode & 0o777).toBe(0o600);
    await until(() => first.output().includes('Lurus Switch is ready'), { what: 'the banner', output: first.output });
    expect(first.output()).toContain(before.demo_key);

    const second = start();
    expect(await second.exitCode).toBe(1);
    expect(second.output()).toContain(`is running here already (pid ${first.child.pid})`);
    expect(second.output()).toContain(before.gateway);

    first.child.kill('SIGKILL');
    await first.exitCode;
    rmSync(readyPath);
    await until(portsAreFree, { what: 'no process outlived its supervisor' });

    const third = start();
    const after = await ready(third);
    expect(after).toEqual(before);
    third.child.kill('SIGINT');
    expect(await third.exitCode).toBe(0);
    expect(existsSync(readyPath)).toBe(false);
    expect(await portsAreFree()).toBe(true);
  },
  TEST_TIMEOUT_MS,
);

test(
  'a taken port is named, with what it is for and what to do',
  async () => {
    const port = shiftedPorts(shift).clickhouse;
    const stranger = await new Promise<Server>((resolve) => {
      const server = createServer().listen(port, '127.0.0.1', () => resolve(server));
    });
    const refused = start();
    expect(await refused.exitCode).toBe(1);
    expect(refused.output()).toContain(`port ${port}, which ClickHouse over HTTP needs, is in use`);
    expect(refused.output()).toContain(`LURUS_PORT_SHIFT=${shift + 100}`);
    await new Promise<void>((resolve) => void stranger.close(() => resolve()));
  },
  TEST_TIMEOUT_MS,
);

test('a setting that does not exist is named and stops the start', async () => {
  const refused = start({ LURUS_PORTSHIFT: '5' });
  expect(await refused.exitCode).toBe(2);
  expect(refused.output()).toContain('LURUS_PORTSHIFT is no setting of Lurus Switch');
});
