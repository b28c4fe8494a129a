/** The billing service among everything else: commands become events, views show them, and repeats have no second effect. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { useSystem } from '@lurus/testkit/use-system';
import { expect, test } from 'vitest';
import { z } from 'zod';

const system = useSystem();

const Answer = z.looseObject({
  code: z.string().optional(),
  detail: z.string().optional(),
  fix: z.string().optional(),
  is_applied: z.boolean().optional(),
  event: z.object({ id: z.string(), stream: z.string(), sequence: z.number() }).optional(),
  key: z.string().nullable().optional(),
  key_id: z.string().optional(),
  user_id: z.string().optional(),
  wallet_id: z.string().optional(),
  available_nanos: z.string().optional(),
  position: z.object({ stream: z.string(), sequence: z.number() }).optional(),
});

interface Call {
  readonly body?: object;
  readonly idempotencyKey?: string;
}

async function call(method: string, path: string, { body, idempotencyKey }: Call = {}) {
  const response = await fetch(`${system.ready().billing}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${system.ready().admin_token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, answer: Answer.parse(JSON.parse(text)) };
}

const createUser = async (name: string) => (await call('POST', '/v1/users', { body: { name } })).answer;
const availableOf = async (name: string) => (await call('GET', `/v1/wallets/${name}`)).answer.available_nanos;

test('a user is created once; the name is taken afterwards, within the tenant alone', async () => {
  const first = await call('POST', '/v1/users', { body: { name: 'ada' } });
  expect([first.status, first.answer.is_applied, first.answer.event?.stream]).toEqual([201, true, 'IDENTITY_EVENTS']);
  const second = await call('POST', '/v1/users', { body: { name: 'ada' } });
  expect([second.status, second.answer.code]).toEqual([409, 'user_exists']);
  const elsewhere = await call('POST', '/v1/users', { body: { name: 'ada', tenant: 'other' } });
  expect(elsewhere.status).toBe(201);
  expect((await call('GET', '/v1/users/ada')).answer.user_id).toBe(first.answer.user_id);
});

test('twenty commands at once create one user', async () => {
  const all = await Promise.all(Array.from({ length: 20 }, () => call('POST', '/v1/users', { body: { name: 'grace' } })));
  expect(all.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(all.filter(({ answer }) => answer.code === 'user_exists')).toHaveLength(19);
});

test('a repeated creation under the same Idempotency-Key finds its own user, another name under it is refused', async () => {
  const first = await call('POST', '/v1/users', { body: { name: 'alan' }, idempotencyKey: 'create-alan' });
  const again = await call('POST', '/v1/users', { body: { name: 'alan' }, idempotencyKey: 'create-alan' });
  expect([again.status, again.text]).toEqual([201, first.text]);
  const other = await call('POST', '/v1/users', { body: { name: 'alonzo' }, idempotencyKey: 'create-alan' });
  expect([other.status, other.answer.code]).toEqual([409, 'idempotency_key_reused']);
});

test('a name in another script is a name, composed or not', async () => {
  await createUser('张三');
  expect((await call('GET', `/v1/users/${encodeURIComponent('张三')}`)).status).toBe(200);
  await createUser('zo\u00EB');
  expect((await call('GET', `/v1/users/${encodeURIComponent('zoe\u0308')}`)).status).toBe(200);
});

test('a credit is in the wallet when it is answered, with the position that says so', async () => {
  await createUser('edsger');
  const credit = await call('POST', '/v1/credits', { body: { user: 'edsger', amount_usd: '20.000000001' } });
  expect([credit.status, credit.answer.is_applied]).toEqual([201, true]);
  const wallet = await call('GET', '/v1/wallets/edsger');
  expect(wallet.answer).toMatchObject({ available_usd: '20.000000001', available_nanos: '20000000001', held_nanos: '0', is_frozen: false });
  expect(wallet.answer.position?.stream).toBe('BILLING_EVENTS');
  expect(wallet.answer.position?.sequence).toBeGreaterThanOrEqual(credit.answer.event?.sequence ?? Number.NaN);
});

test('a credit sent twice under one Idempotency-Key is credited once; another body under it is refused', async () => {
  await createUser('barbara');
  const body = { user: 'barbara', amount_usd: '5' };
  const both = await Promise.all([1, 2].map(() => call('POST', '/v1/credits', { body, idempotencyKey: 'order-7' })));
  const later = await call('POST', '/v1/credits', { body, idempotencyKey: 'order-7' });
  expect(new Set([...both, later].map(({ text }) => text)).size).toBe(1);
  expect(await availableOf('barbara')).toBe('5000000000');
  const other = await call('POST', '/v1/credits', { body: { ...body, amount_usd: '6' }, idempotencyKey: 'order-7' });
  expect([other.status, other.answer.code]).toEqual([409, 'idempotency_key_reused']);
  expect(other.answer.detail).toContain('amount_nanos');
  const elsewhere = await call('POST', '/v1/credits', { body: { ...body, user: 'ada' }, idempotencyKey: 'order-7' });
  expect(elsewhere.answer.code).toBe('idempotency_key_reused');
  expect(await availableOf('barbara')).toBe('5000000000');
});

test('the same reference moves money of a wallet once, also without an Idempotency-Key', async () => {
  await createUser('donald');
  const body = { user: 'donald', amount_usd: '10', reference: 'invoice-1' };
  const all = await Promise.all([1, 2, 3].map(() => call('POST', '/v1/credits', { body })));
  expect(all.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409]);
  expect(all.find(({ status }) => status === 409)?.answer.code).toBe('reference_used');
  expect(await availableOf('donald')).toBe('10000000000');
});

test('without a key or a reference two credits are two credits', async () => {
  await createUser('tony');
  for (let count = 0; count < 2; count += 1) await call('POST', '/v1/credits', { body: { user: 'tony', amount_usd: '1' } });
  expect(await availableOf('tony')).toBe('2000000000');
});

test('a correction takes at most what is available', async () => {
  await createUser('niklaus');
  await call('POST', '/v1/credits', { body: { user: 'niklaus', amount_usd: '3' } });
  const body = { user: 'niklaus', reason: 'typo' };
  const tooMuch = await call('POST', '/v1/adjustments', { body: { ...body, amount_usd: '-3.000000001' } });
  expect([tooMuch.status, tooMuch.answer.code]).toEqual([409, 'more_than_available']);
  const all = await call('POST', '/v1/adjustments', { body: { ...body, amount_usd: '-3' } });
  expect(all.answer).toMatchObject({
    transaction: { available_after_nanos: '0', event_name: 'wallet.adjusted', reason: 'typo', actor: 'operator' },
  });
  expect(await availableOf('niklaus')).toBe('0');
});

test('transactions are paged from the latest back, without gaps or repeats', async () => {
  await createUser('john');
  for (const amount of ['1', '2', '3']) await call('POST', '/v1/credits', { body: { user: 'john', amount_usd: amount } });
  const Page = z.object({ transactions: z.array(z.object({ amount_nanos: z.string() })), next: z.number().nullable() });
  const amounts: string[] = [];
  let before: number | null = null;
  do {
    const page: z.infer<typeof Page> = Page.parse(
      JSON.parse((await call('GET', `/v1/wallets/john/transactions?limit=2${before === null ? '' : `&before=${before}`}`)).text),
    );
    amounts.push(...page.transactions.map((transaction) => transaction.amount_nanos));
    before = page.next;
  } while (before !== null);
  expect(amounts).toEqual(['3000000000', '2000000000', '1000000000']);
});

test('an unknown user is a 404 that says what to do, and in which tenant the name exists', async () => {
  const nobody = await call('POST', '/v1/credits', { body: { user: 'nobody', amount_usd: '1' } });
  expect([nobody.status, nobody.answer.code]).toEqual([404, 'user_unknown']);
  expect(nobody.answer.fix).toContain('lurus user add nobody');
  expect((await call('GET', '/v1/wallets/demo')).answer.fix).toContain('"demo"');
});

const relay = (key: string) =>
  fetch(`${system.ready().gateway}/v1/models`, { headers: { 'x-api-key': key, 'anthropic-version': '2023-06-01' } });

test('a key works at once, is shown once, and is refused by the gateway within two seconds of its revocation', async () => {
  await createUser('radia');
  const issued = await call('POST', '/v1/keys', { body: { user: 'radia', label: 'laptop' } });
  const { key, key_id: keyId } = issued.answer;
  expect(issued.status).toBe(201);
  expect((await relay(key ?? '')).status).toBe(200);
  const listed = await call('GET', '/v1/keys?user=radia');
  expect(listed.text).toContain(keyId);
  expect(listed.text).not.toContain(key);
  expect(listed.text).not.toContain('digest');
  const revoked = await call('DELETE', `/v1/keys/${keyId}?reason=lost`);
  expect([revoked.status, revoked.answer.is_applied]).toEqual([200, true]);
  const deadline = performance.now() + 2_000;
  while ((await relay(key ?? '')).status !== 401) expect(performance.now()).toBeLessThan(deadline);
  const again = await call('DELETE', `/v1/keys/${keyId}`);
  expect(again.answer.event).toEqual(revoked.answer.event);
  const limited = await call('PATCH', `/v1/keys/${keyId}`, { body: { requests_per_minute: 1 } });
  expect([limited.status, limited.answer.code]).toEqual([409, 'key_revoked']);
});

test('a repeated issue under one Idempotency-Key makes no second key and does not show the first one again', async () => {
  await createUser('frances');
  const body = { user: 'frances', label: 'ci', models: ['claude-*'] };
  const first = await call('POST', '/v1/keys', { body, idempotencyKey: 'issue-1' });
  const again = await call('POST', '/v1/keys', { body, idempotencyKey: 'issue-1' });
  expect(first.answer.key).toMatch(/^sk-lurus-/);
  expect(again.answer).toEqual({ ...first.answer, key: null });
  const other = await call('POST', '/v1/keys', { body: { ...body, label: 'laptop' }, idempotencyKey: 'issue-1' });
  expect([other.status, other.answer.code]).toEqual([409, 'idempotency_key_reused']);
  expect(JSON.parse((await call('GET', '/v1/keys?user=frances')).text).keys).toHaveLength(1);
});

test('limits that are not named stay, null takes one away', async () => {
  await createUser('leslie');
  const { key_id: keyId } = (await call('POST', '/v1/keys', { body: { user: 'leslie', requests_per_minute: 60, tokens_per_minute: 1000 } }))
    .answer;
  const changed = await call('PATCH', `/v1/keys/${keyId}`, { body: { tokens_per_minute: null, models: ['gpt-*'] } });
  expect(changed.answer).toMatchObject({ requests_per_minute: 60, tokens_per_minute: null, concurrent_requests: null, models: ['gpt-*'] });
  expect((await call('PATCH', '/v1/keys/00000000', { body: { requests_per_minute: 1 } })).answer.code).toBe('key_unknown');
});

test('a command is answered with 202 while the projector is away, and is there when it is back', async () => {
  await createUser('margaret');
  await system.halt('projector');
  const started = performance.now();
  const credit = await call('POST', '/v1/credits', { body: { user: 'margaret', amount_usd: '7' } });
  expect([credit.status, credit.answer.is_applied]).toEqual([202, false]);
  expect(performance.now() - started).toBeLessThan(4_000);
  await system.restart('projector');
  await expect.poll(() => availableOf('margaret'), { timeout: 15_000 }).toBe('7000000000');
});

test('without NATS a command is refused with 503 and Retry-After within two seconds or so, and works again afterwards', async () => {
  await createUser('ken');
  await system.halt('nats');
  const started = performance.now();
  const body = { user: 'ken', amount_usd: '1' };
  const refused = await call('POST', '/v1/credits', { body, idempotencyKey: 'while-away' });
  expect(performance.now() - started).toBeLessThan(2_500);
  expect([refused.status, refused.answer.code]).toEqual([503, 'journal_away']);
  expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
  expect(await availableOf('ken')).toBe('0');
  await system.restart('nats');
  await expect
    .poll(async () => (await call('POST', '/v1/credits', { body, idempotencyKey: 'while-away' })).status, { timeout: 20_000 })
    .toBe(201);
  await expect.poll(() => availableOf('ken'), { timeout: 15_000 }).toBe('1000000000');
});

test('no key, token or seed stands in any log', async () => {
  await createUser('whitfield');
  const { key } = (await call('POST', '/v1/keys', { body: { user: 'whitfield' } })).answer;
  const secrets = z.looseObject({ admin_token: z.string(), key_pepper: z.string(), nats_seeds: z.record(z.string(), z.string()) });
  const { admin_token, key_pepper, nats_seeds } = secrets.parse(JSON.parse(readFileSync(join(system.home(), 'secrets.json'), 'utf8')));
  for (const name of ['billing', 'provider', 'log', 'gateway', 'projector']) {
    const log = readFileSync(join(system.home(), 'logs', `${name}.log`), 'utf8');
    for (const secret of [key ?? '', admin_token, key_pepper, ...Object.values(nats_seeds)]) expect(log).not.toContain(secret);
  }
});
