import { expect, test } from 'vitest';
import { ELSEWHERE, run } from './surroundings.fixture.ts';

const EVENT = { id: '01ABC', stream: 'BILLING_EVENTS', sequence: 12 };
const WALLET = {
  user: 'ada',
  user_id: 'U1',
  wallet_id: 'W1',
  tenant: 'main',
  available_usd: '19.999550000',
  available_nanos: '19999550000',
  held_usd: '0.000000000',
  held_nanos: '0',
  credited_nanos: '20000000000',
  spent_nanos: '450000',
  lost_nanos: '0',
  is_frozen: false,
  position: { stream: 'BILLING_EVENTS', sequence: 14 },
};

test('help is data and ends well', async () => {
  const { exit, data, notes } = await run(['--help']);
  expect(exit).toBe(0);
  expect(data).toContain('Exit codes: 0 done, 1 failed, 2 wrong command line, 3 nothing runs there, 4 refused by a service.');
  expect(notes).toBe('');
});

test.each([
  'doctor',
  'setup',
  'env',
  'provider add',
  'price set',
  'user add',
  'wallet credit',
  'key create',
  'requests',
  'projection lag',
  'streams plan',
  'settings',
])('"%s --help" explains itself', async (command) => {
  const { exit, data } = await run([...command.split(' '), '--help']);
  expect(exit).toBe(0);
  expect(data).toContain(`Usage: lurus ${command}`);
});

test.each([
  [['nope']],
  [['wallet', 'show']],
  [['wallet', 'credit', 'ada', '1.0000000001']],
  [['wallet', 'credit', 'ada', '0']],
  [['price', 'set', 'm', '--input', '3']],
  [['provider', 'add', 'p', '--dialect', 'klingon']],
  [['provider', 'add', 'p']],
  [['key', 'limit', 'Ab3dE6gH']],
  [['setup', 'vim']],
  [['user', 'list', '--tenant', 'Not A Tenant']],
  [['user', 'list', '--url', 'mail=http://x']],
])('a wrong command line is told before anything is sent: %j', async (args) => {
  const { exit, notes, data, sent } = await run(args);
  expect(exit).toBe(2);
  expect(notes).not.toBe('');
  expect(data).toBe('');
  expect(sent).toEqual([]);
});

test('an unknown LURUS_ variable is told, since it would do nothing', async () => {
  const { exit, notes } = await run(['user', 'list'], { environment: { ...ELSEWHERE, [['LURUS', 'HOEM'].join('_')]: 'x' } });
  expect(exit).toBe(2);
  expect(notes).toContain('is no setting of Lurus Switch');
});

test('where nothing runs the command says how to start it', async () => {
  const { exit, notes } = await run(['user', 'list'], { environment: {} });
  expect(exit).toBe(3);
  expect(notes).toContain('npm start');
});

test('a service that does not answer is exit 3 with the reason', async () => {
  const { exit, notes } = await run(['user', 'list']);
  expect(exit).toBe(3);
  expect(notes).toContain('connect ECONNREFUSED');
});

test('a refusal is exit 4 and shows what, each fault, and how to fix it', async () => {
  const body = {
    code: 'input_refused',
    detail: 'One thing is wrong.',
    fix: 'Correct it.',
    faults: [{ path: 'name', message: 'must be short' }],
  };
  const { exit, notes } = await run(['user', 'add', 'x'], { answers: { 'POST /v1/users': { status: 400, body } } });
  expect(exit).toBe(4);
  expect(notes).toBe('error  One thing is wrong. (input_refused)\n       name: must be short\n  fix  Correct it.\n');
});

test('a failure of the service is exit 1 and names the line of its log', async () => {
  const body = { code: 'internal_fault', detail: 'The service failed.', fix: 'Report it.', request_id: 'R1' };
  const { exit, notes } = await run(['user', 'add', 'x', '--json'], { answers: { 'POST /v1/users': { status: 500, body } } });
  expect(exit).toBe(1);
  expect(JSON.parse(notes)).toEqual({
    error: {
      code: 'internal_fault',
      exit: 1,
      what: 'The service failed.',
      why: 'Its log tells more under request_id R1.',
      fix: 'Report it.',
    },
  });
});

test('a command carries the token, the tenant, and the name under which its repeat is harmless', async () => {
  const answers = { 'POST /v1/users': { status: 201, body: { user: 'ada', event: EVENT, is_applied: true } } };
  const { exit, sent, notes } = await run(['--tenant', 'acme', 'user', 'add', 'ada', '--idempotency-key', 'import-7'], { answers });
  expect(exit).toBe(0);
  expect(sent[0]).toMatchObject({ method: 'POST', path: '/v1/users', body: { name: 'ada', tenant: 'acme' } });
  expect(sent[0]?.headers).toMatchObject({ authorization: `Bearer ${ELSEWHERE.LURUS_ADMIN_TOKEN}`, 'idempotency-key': 'import-7' });
  expect(notes).toBe('recorded as BILLING_EVENTS 12\n');
});

test('a command whose view is late says so', async () => {
  const answers = { 'POST /v1/users': { status: 202, body: { event: EVENT } } };
  expect((await run(['user', 'add', 'ada'], { answers })).notes).toContain('the view does not show it yet');
});

test('a wallet is shown exactly, with the position it is true at', async () => {
  const answers = { 'GET /v1/wallets/ada': { body: WALLET } };
  expect((await run(['wallet', 'show', 'ada'], { answers })).data).toBe(
    [
      'user       ada (tenant main)',
      'available  $19.99955',
      'held       $0.00',
      'credited   $20.00',
      'spent      $0.00045',
      'wallet id  W1',
      'true at    BILLING_EVENTS 14',
      '',
    ].join('\n'),
  );
});

test('with --json the answer of the service is the data, complete and alone', async () => {
  const { data, notes } = await run(['wallet', 'show', 'ada', '--json'], { answers: { 'GET /v1/wallets/ada': { body: WALLET } } });
  expect(JSON.parse(data)).toEqual(WALLET);
  expect(notes).toBe('');
});

test('money taken away may be written with its sign', async () => {
  const answers = { 'POST /v1/adjustments': { status: 201, body: { event: EVENT } }, 'GET /v1/wallets/ada': { body: WALLET } };
  const { exit, sent } = await run(['wallet', 'adjust', 'ada', '-0.25', '--reason', 'double credit'], { answers });
  expect(exit).toBe(0);
  expect(sent[0]?.body).toEqual({ user: 'ada', tenant: 'main', amount_usd: '-0.25', reason: 'double credit' });
});

test('a new key alone is the data, so that a shell can keep it', async () => {
  const answers = { 'POST /v1/keys': { status: 201, body: { key: 'sk-lurus-secret', key_id: 'Ab3dE6gH', event: EVENT } } };
  const { data, sent } = await run(['key', 'create', 'ada', '--label', 'laptop', '--model', 'claude-*', '--expires', '30d'], { answers });
  expect(data).toBe('sk-lurus-secret\n');
  expect(sent[0]?.body).toEqual({
    user: 'ada',
    tenant: 'main',
    label: 'laptop',
    models: ['claude-*'],
    expires_at: '2026-12-23T08:00:00.000Z',
  });
});

test('limits that are not named stay, --no- takes one away', async () => {
  const answers = { 'PATCH /v1/keys/Ab3dE6gH': { body: { event: EVENT } } };
  const args = ['key', 'limit', 'Ab3dE6gH', '--requests-per-minute', '60', '--no-tokens-per-minute', '--all-models'];
  expect((await run(args, { answers })).sent[0]?.body).toEqual({ models: [], requests_per_minute: 60, tokens_per_minute: null });
});

test('a price is sent as it was typed, tiers in the order of their size', async () => {
  const answers = { 'PUT /v1/prices': { status: 201, body: { event: EVENT } } };
  const args =
    'price set m --input 3 --output 15 --cache-read 0.3 --cache-write-1h 6 --tier-from 300000:9:30 --tier 200000:6:22.5:0.6'.split(' ');
  expect((await run(args, { answers })).sent[0]?.body).toEqual({
    tenant: 'main',
    model: 'm',
    input_usd: '3',
    output_usd: '15',
    cache_read_usd: '0.3',
    cache_write_1h_usd: '6',
    tiers: [
      { prompt_tokens: 200_000, is_inclusive: false, input_usd: '6', output_usd: '22.5', cache_read_usd: '0.6' },
      { prompt_tokens: 300_000, is_inclusive: true, input_usd: '9', output_usd: '30' },
    ],
  });
});

test('the credential of a provider can come from the environment or standard input and is never shown', async () => {
  const answers = { 'POST /v1/providers': { status: 201, body: { name: 'p', event: EVENT } } };
  const args = 'provider add p --dialect anthropic --base-url https://api.test --model claude-* --map claude-x=claude-y'.split(' ');
  const fromEnvironment = await run([...args, '--credential-env', 'MY_KEY'], {
    answers,
    environment: { ...ELSEWHERE, MY_KEY: 'secret-1' },
  });
  const fromInput = await run([...args, '--credential', '-'], { answers, standardInput: 'secret-2\n' });
  expect([fromEnvironment, fromInput].map((one) => one.sent[0]?.body)).toMatchObject([
    { credential: 'secret-1', models: ['claude-*'], model_mapping: { 'claude-x': 'claude-y' } },
    { credential: 'secret-2' },
  ]);
  expect(fromEnvironment.data + fromEnvironment.notes + fromInput.data + fromInput.notes).not.toContain('secret');
});

test('a list is fetched page by page and shown whole', async () => {
  const user = { user: 'ada', user_id: 'U1', wallet_id: 'W1', created_at: '2026-11-23T08:00:00.000Z' };
  const { data } = await run(['user', 'list', '--json'], { answers: { 'GET /v1/users': { body: { users: [user], next: null } } } });
  expect(JSON.parse(data)).toEqual({ users: [user] });
});

test('an answer of another version is told, and --json still shows it', async () => {
  const answers = { 'GET /v1/wallets/ada': { body: { user: 'ada', new_field: 1 } } };
  const forPeople = await run(['wallet', 'show', 'ada'], { answers });
  expect(forPeople.exit).toBe(1);
  expect(forPeople.notes).toContain('--json');
  expect(JSON.parse((await run(['wallet', 'show', 'ada', '--json'], { answers })).data)).toEqual({ user: 'ada', new_field: 1 });
});

test('exports can be evaluated by a shell', async () => {
  const { data } = await run(['env', '--key', "odd'key"]);
  expect(data).toContain("export ANTHROPIC_BASE_URL=http://gateway.test\nexport ANTHROPIC_AUTH_TOKEN='odd'\\''key'\n");
  expect(data).toContain('export OPENAI_BASE_URL=http://gateway.test/v1\n');
});

test('the settings are listed with their defaults', async () => {
  const { data } = await run(['settings', '--json']);
  const parsed = JSON.parse(data) as { settings: { name: string; default: string | null }[] }; // The shape under test.
  expect(parsed.settings).toContainEqual(expect.objectContaining({ name: 'LURUS_GATEWAY_PORT', default: '18100' }));
  expect(parsed.settings).toContainEqual(expect.objectContaining({ name: 'LURUS_ADMIN_TOKEN', default: null }));
});
