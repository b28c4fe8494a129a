/**
 * The way of an operator from an empty system to an explained charge, through the real command line against the whole running product:
 * user, money, price, provider (the built-in simulator), key, one request, then what every command says about it.
 */
import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { useSystem } from '@lurus/testkit/use-system';
import { beforeAll, expect, test } from 'vitest';
import { z } from 'zod';

const system = useSystem();
const main = join(dirname(fileURLToPath(import.meta.url)), 'main.ts');
const MODEL = 'sim-tokens-100';
const VIEWS_WITHIN_MS = 20_000;
const SETUP_TIMEOUT_MS = 120_000; // Six runs of the command; on a machine that runs other tests as well each takes seconds.

interface Ran {
  readonly exit: number;
  readonly data: string;
  readonly notes: string;
}

/** Runs the command as a person would, with nothing of this process's own settings. */
async function lurus(...args: string[]): Promise<Ran> {
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('LURUS_')));
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [main, '--home', system.home(), ...args], { env: environment });
    return { exit: 0, data: stdout, notes: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }; // What execFile rejects with.
    return { exit: code, data: stdout, notes: stderr };
  }
}

type Json = Readonly<Record<string, unknown>>;

const object = (value: unknown): Json => value as Json; // Each is looked at field by field right below.
const list = (value: unknown): readonly Json[] => value as readonly Json[]; // As above.
const text = (value: unknown): string => z.string().parse(value);

async function lurusJson(...args: string[]): Promise<Json> {
  const ran = await lurus(...args, '--json');
  expect(ran.notes).toBe('');
  expect(ran.exit).toBe(0);
  return object(JSON.parse(ran.data));
}

/** Repeats a look until it shows what is awaited: the log is a view that is written in batches. */
async function eventually<Value>(look: () => Promise<Value | undefined>): Promise<Value> {
  const deadline = performance.now() + VIEWS_WITHIN_MS;
  for (;;) {
    const value = await look();
    if (value !== undefined) return value;
    if (performance.now() > deadline) throw new Error(`not seen within ${VIEWS_WITHIN_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

let key = '';
let requestId = '';

beforeAll(async () => {
  await lurusJson('user', 'add', 'ada');
  await lurusJson('wallet', 'credit', 'ada', '20', '--reference', 'first');
  await lurusJson('price', 'set', 'sim-*', '--input', '3', '--output', '15', '--cache-read', '0.3');
  const simulator = system.ready().simulator;
  await lurusJson(...`provider add local --dialect openai-chat --base-url ${simulator} --credential any --model sim-*`.split(' '));
  key = text((await lurusJson('key', 'create', 'ada', '--label', 'e2e'))['key']);
  const response = await fetch(`${system.ready().gateway}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'hello' }] }),
  });
  expect({ status: response.status, body: await response.text() }).toMatchObject({ status: 200 });
  requestId = response.headers.get('x-lurus-request-id') ?? '';
  expect(requestId).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
}, SETUP_TIMEOUT_MS);

test('the request is listed with its cost, and its receipt adds up to the nano-dollar', async () => {
  const listed = await eventually(async () => {
    const { requests } = await lurusJson('requests', '--user', 'ada');
    return list(requests)[0];
  });
  expect(listed).toMatchObject({ request_id: requestId, model: MODEL, provider: 'local', reason: 'complete', status: 200 });
  const receipt = await eventually(async () => {
    const found = await lurusJson('receipt', requestId);
    return found['is_complete'] === true ? found : undefined;
  });
  expect(receipt).toMatchObject({ status: 'settled', user: 'ada' });
  const settlement = object(receipt['settlement']);
  const sum = list(settlement['lines']).reduce((total, line) => total + BigInt(text(line['amount_nanos'])), 0n);
  expect(sum.toString()).toBe(settlement['amount_nanos']);
  expect(listed['amount_nanos']).toBe(settlement['amount_nanos']);
  expect(settlement['output_tokens']).toBe(100);
  expect(list(receipt['events']).map((event) => event['event_name'])).toEqual(
    expect.arrayContaining(['hold.placed', 'usage.settled', 'request.attempted', 'request.completed']),
  );
  const wallet = await lurusJson('wallet', 'show', 'ada');
  expect(wallet).toMatchObject({ available_nanos: (20_000_000_000n - sum).toString(), held_nanos: '0', spent_nanos: sum.toString() });
  const { rows } = await lurusJson('usage', '--by', 'user,model');
  expect(rows).toContainEqual(expect.objectContaining({ user: 'ada', model: MODEL, requests: 1, amount_nanos: sum.toString() }));
});

test('the history of the wallet names every event that changed it', async () => {
  const { transactions } = await lurusJson('wallet', 'history', 'ada');
  expect(list(transactions).map((one) => one['event_name'])).toEqual(['usage.settled', 'hold.placed', 'wallet.credited']);
});

test('what people see is a table of the same facts', async () => {
  expect((await lurus('receipt', requestId)).data).toContain('usage.settled');
  expect((await lurus('requests')).data).toContain(requestId);
  expect((await lurus('wallet', 'show', 'ada')).data).toMatch(/available +\$19\.\d+/);
  expect((await lurus('provider', 'list')).data).toMatch(/local +openai-chat/);
  expect((await lurus('price', 'list')).data).toMatch(/sim-\* +3 +15 +0\.3/);
  expect((await lurus('key', 'list')).data).toMatch(/ada +e2e +all/);
  expect((await lurus('user', 'list')).data).toMatch(/^ada /m);
  expect((await lurus('usage')).data).toContain(MODEL);
});

test('a reference is credited once, and the refusal says so with exit 4', async () => {
  const { exit, notes } = await lurus('wallet', 'credit', 'ada', '20', '--reference', 'first');
  expect(exit).toBe(4);
  expect(notes).toContain('reference');
  expect((await lurusJson('wallet', 'show', 'ada'))['credited_nanos']).toBe('20000000000');
});

test('a revoked key stops working', async () => {
  const other = await lurusJson('key', 'create', 'ada');
  await lurusJson('key', 'revoke', text(other['key_id']), '--reason', 'lost');
  const response = await fetch(`${system.ready().gateway}/v1/models`, { headers: { authorization: `Bearer ${text(other['key'])}` } });
  expect(response.status).toBe(401);
});

test('a provider can be changed and removed, a price withdrawn', async () => {
  await lurusJson('provider', 'set', 'local', '--priority', '7');
  const { providers } = await lurusJson('provider', 'list');
  expect(providers).toMatchObject([{ name: 'local', priority: 7, models: ['sim-*'], has_credential: true }]);
  await lurusJson('price', 'remove', 'sim-*');
  expect((await lurusJson('price', 'list'))['prices']).toEqual([]);
  await lurusJson('provider', 'remove', 'local');
  expect((await lurusJson('provider', 'list'))['providers']).toEqual([]);
});

test('every projection is listed and none is behind', async () => {
  const { projections } = await lurusJson('projection', 'list');
  const names = list(projections).map((one) => one['name']);
  expect(new Set(names)).toEqual(new Set(['keys', 'prices', 'request_log', 'routes', 'usage_hourly', 'wallets']));
  const behind = await eventually(async () => {
    const ran = await lurus('projection', 'lag', '--behind');
    return ran.data.startsWith('No partition is behind') ? ran.data : undefined;
  });
  expect(behind).toContain('No partition');
});

test('the running server is as its streams are declared', async () => {
  const { steps } = await lurusJson('streams', 'plan');
  expect(list(steps).filter((step) => step['action'] !== 'nothing')).toEqual([]);
  expect((await lurus('streams', 'apply')).data).toContain('0 created, 0 changed');
});

test('the doctor finds nothing wrong, and what is wrong once a process is away', async () => {
  const healthy = await lurus('doctor');
  expect(healthy.data).toContain('0 failures');
  expect(healthy.exit).toBe(0);
  await system.halt('log');
  const ill = await lurus('doctor');
  expect(ill.exit).toBe(1);
  expect(ill.data).toMatch(/FAIL +log +does not answer/);
  await system.restart('log');
});

test('new requests appear while they are followed', async () => {
  const demo = system.ready();
  const follower = execFile(process.execPath, [main, '--home', system.home(), '--tenant', 'demo', 'requests', '--follow']);
  let seen = '';
  let notes = '';
  follower.stdout?.on('data', (part: string) => (seen += part));
  follower.stderr?.on('data', (part: string) => (notes += part));
  try {
    await eventually(() => Promise.resolve(notes.includes('waiting for requests') || undefined));
    const response = await fetch(`${demo.gateway}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': demo.demo_key, 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
      body: JSON.stringify({ model: 'claude-sonnet-5', max_tokens: 20, messages: [{ role: 'user', content: 'hello' }] }),
    });
    expect({ status: response.status, body: await response.text() }).toMatchObject({ status: 200 });
    const id = response.headers.get('x-lurus-request-id') ?? 'none';
    await eventually(() => Promise.resolve(seen.includes(id) || undefined));
  } finally {
    follower.kill('SIGINT');
  }
});
