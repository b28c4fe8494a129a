import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ELSEWHERE, type FakeAnswer, run } from '../surroundings.fixture.ts';
import { checkEnvironment, checkNode, checkSecretFiles } from './check-machine.ts';
import { renderResults } from './check-result.ts';

const ready: FakeAnswer = { body: { status: 'ready', checks: {} } };
const PARTITION = {
  stream: 'BILLING_EVENTS',
  partition: 0,
  position: 5,
  head: 5,
  last_applied_age_ms: 10,
  state: 'following',
  error: null,
};
const projection = (lag: number, error: string | null = null): FakeAnswer => ({
  body: { projections: [{ name: 'wallets', version: 1, state: 'following', error, partitions: [{ ...PARTITION, lag_events: lag }] }] },
});
const healthy: Record<string, FakeAnswer> = {
  'GET /readyz': ready,
  'GET /v1/projections': projection(0),
  'GET /v1/models': { body: { data: [{ id: 'm-1' }] } },
  'POST /v1/chat/completions': { body: { choices: [] } },
};
const doctor = (answers: Record<string, FakeAnswer>, ...args: string[]) => run(['doctor', '--key', 'k', ...args], { answers });

test('where everything answers the doctor is content', async () => {
  const { exit, data } = await doctor(healthy);
  expect(data).toContain('m-1 answered through the gateway');
  expect(data).toContain(' 0 warnings, 0 failures');
  expect(exit).toBe(0);
});

test('a process that cannot do its work is named with the check that failed', async () => {
  const body = { status: 'not ready', checks: { journal: { is_ok: false, error: 'not connected to NATS' }, views: { is_ok: true } } };
  const { exit, data } = await doctor({ ...healthy, 'GET /readyz': { status: 503, body } });
  expect(exit).toBe(1);
  expect(data).toContain('why: journal: not connected to NATS');
});

test('a view that is far behind is a warning, one that stopped a failure', async () => {
  const behind = await doctor({ ...healthy, 'GET /v1/projections': projection(5_000) });
  expect(behind.exit).toBe(0);
  expect(behind.data).toMatch(/warn +view wallets +is 5000 events behind/);
  const stopped = await doctor({ ...healthy, 'GET /v1/projections': projection(0, 'the stream was made anew') });
  expect(stopped.exit).toBe(1);
  expect(stopped.data).toContain('why: the stream was made anew');
});

test('a key that gets no answer shows what the gateway said', async () => {
  const refused = { status: 429, body: { error: { message: 'The balance is used up. Credit the wallet.' } } };
  const { exit, data } = await doctor({ ...healthy, 'POST /v1/chat/completions': refused }, '--model', 'other');
  expect(exit).toBe(1);
  expect(data).toContain('other answered 429');
  expect(data).toContain('The balance is used up. Credit the wallet.');
});

test('without a key nothing is tried, and that is said', async () => {
  const { data } = await run(['doctor', '--json'], { answers: healthy });
  expect(JSON.parse(data)).toMatchObject({
    is_healthy: true,
    checks: expect.arrayContaining([expect.objectContaining({ name: 'key', state: 'warn' })]),
  });
});

test('where nothing runs the doctor looks at the ports and says how to start', async () => {
  const { exit, data } = await run(['doctor'], { environment: {} });
  expect(exit).toBe(3);
  expect(data).toContain('fix: npm start');
  expect(data).toMatch(/ports +(all \d+ ports|in use)/);
});

test('an old Node, two credentials at once and files that others can read are found', () => {
  expect(checkNode('20.20.2')).toMatchObject({ state: 'fail' });
  expect(checkEnvironment({ ANTHROPIC_BASE_URL: 'x', ANTHROPIC_API_KEY: 'y' })).toMatchObject([{ state: 'warn' }]);
  const home = mkdtempSync(join(tmpdir(), 'lurus-home-'));
  writeFileSync(join(home, 'ready.json'), '{}', { mode: 0o644 });
  writeFileSync(join(home, 'secrets.json'), '{}', { mode: 0o600 });
  expect(checkSecretFiles(home).map(({ name, state }) => [name, state])).toEqual([
    ['file ready.json', 'fail'],
    ['file secrets.json', 'ok'],
  ]);
});

test('results line up and are counted', () => {
  const results = [
    { name: 'a', state: 'ok' as const, says: 'is fine' },
    { name: 'long', state: 'fail' as const, says: 'is not.', why: 'because', fix: 'do it' },
  ];
  expect(renderResults(results)).toBe(
    ' ok    a     is fine\n FAIL  long  is not.\n         why: because\n         fix: do it\n 1 ok, 0 warnings, 1 failures\n',
  );
});

test('a system elsewhere is found by its addresses alone', async () => {
  const { sent } = await run(['doctor', '--key', 'k'], { answers: healthy, environment: ELSEWHERE });
  expect(sent.filter((one) => one.path === '/readyz')).toHaveLength(5);
});
