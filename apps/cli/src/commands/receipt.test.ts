import { expect, test } from 'vitest';
import { run } from '../surroundings.fixture.ts';

const ID = '01M8323C9440WW2GPPZ4FYXG8M';
const settled = {
  request_id: ID,
  status: 'settled',
  pending: [],
  tenant: 'main',
  user: 'ada',
  user_id: 'U1',
  key_id: 'Ab3dE6gH',
  hold: { amount_nanos: '2046000', price_version: 'P1', placed_at: '2026-11-23T02:00:01.062Z' },
  settlement: {
    amount_nanos: '234000',
    price_version: 'P1',
    lines: [
      { token_class: 'input', tokens: 23, usd_per_million: '3', amount_nanos: '69000' },
      { token_class: 'output', tokens: 11, usd_per_million: '15', amount_nanos: '165000' },
    ],
    is_estimated: true,
    reason: 'usage_absent',
    provider: 'anthropic',
    model: 'claude-x',
    upstream_model: 'vendor/claude-x',
    served_model: 'claude-x-1',
    settled_at: '2026-11-23T02:00:01.070Z',
  },
  release: null,
  wallet: { loss_nanos: '5', available_after_nanos: '0' },
  request: null,
  attempts: [],
  events: [{ stream: 'BILLING_EVENTS', sequence: 4, event_name: 'hold.placed', at: '2026-11-23T02:00:01.062Z', id: 'E1' }],
};

const receipt = async (body: unknown): Promise<string> =>
  (await run(['receipt', ID], { answers: { [`GET /v1/receipts/${ID}`]: { body } } })).data;

test('a settled request is explained line by line, with everything unusual said', async () => {
  const text = await receipt(settled);
  expect(text).toContain('model          claude-x from anthropic as vendor/claude-x, served by claude-x-1\n');
  expect(text).toContain('charged        $0.000234 at 2026-11-23T02:00:01.070Z, because usage_absent\n');
  expect(text).toContain('tokens         estimated: the provider reported none\n');
  expect(text).toContain('lost           $0.000000005 (paid by the house)\n');
  expect(text).toContain('    23  input               3  $0.000069\n');
  expect(text).toMatch(/BILLING_EVENTS +4 +hold\.placed/);
});

test('a request that is still running says what has not arrived yet', async () => {
  const text = await receipt({ ...settled, status: 'held', settlement: null, wallet: null, pending: [{ part: 'end', says: 'it runs' }] });
  expect(text).toMatch(/no end yet +it runs/);
  expect(text).toContain('nothing was charged');
  expect(text).not.toContain('charged  ');
});

test('a hold that was given back says why', async () => {
  const release = { how: 'released', reason: 'upstream_refused', at: '2026-11-23T02:00:02.000Z' };
  expect(await receipt({ ...settled, settlement: null, wallet: null, release })).toContain(
    'given back     released at 2026-11-23T02:00:02.000Z, because upstream_refused',
  );
});
