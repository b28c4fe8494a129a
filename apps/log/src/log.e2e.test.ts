/** A request through the gateway and what the log makes of it, compared with the wallet. */
import { useSystem } from '@lurus/testkit/use-system';
import { expect, test } from 'vitest';
import { z } from 'zod';

const system = useSystem();

const Amount = z.string().transform((text) => BigInt(text));
const Event = z.object({ id: z.string(), stream: z.string(), sequence: z.number() });
const Receipt = z.looseObject({
  status: z.string(),
  is_complete: z.boolean(),
  pending: z.array(z.object({ part: z.string(), says: z.string() })),
  user: z.string().nullable(),
  hold: z.looseObject({ amount_nanos: Amount, price_version: z.string(), event: Event }).nullable(),
  settlement: z
    .looseObject({
      amount_nanos: Amount,
      price_version: z.string(),
      lines: z.array(z.looseObject({ tokens: z.number(), picos_per_token: Amount, amount_nanos: Amount })),
      event: Event,
    })
    .nullable(),
  wallet: z.looseObject({ paid_nanos: Amount, loss_nanos: Amount, available_after_nanos: Amount }).nullable(),
  attempts: z.array(z.looseObject({ outcome: z.string() })),
  events: z.array(z.object({ stream: z.string(), sequence: z.number(), id: z.string(), event_name: z.string(), at: z.string() })),
});

async function query(service: 'log' | 'billing', path: string): Promise<{ readonly status: number; readonly body: unknown }> {
  const headers = { authorization: `Bearer ${system.ready().admin_token}` };
  const response = await fetch(`${system.ready()[service]}${path}`, { headers });
  return { status: response.status, body: await response.json() };
}

/** Asks the simulator something through the gateway and returns the request's id. */
async function ask(): Promise<string> {
  const response = await fetch(`${system.ready().gateway}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': system.ready().demo_key, 'anthropic-version': '2023-06-01', 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'claude-sonnet-5', max_tokens: 100, messages: [{ role: 'user', content: 'hello' }] }),
  });
  expect(response.status).toBe(200);
  await response.text();
  return response.headers.get('x-lurus-request-id') ?? '';
}

async function completeReceipt(requestId: string): Promise<z.infer<typeof Receipt>> {
  let receipt: z.infer<typeof Receipt> | undefined;
  await expect
    .poll(
      async () => {
        const { status, body } = await query('log', `/v1/receipts/${requestId}`);
        receipt = status === 200 ? Receipt.parse(body) : undefined;
        // Whatever is not there yet is named, so that a receipt is never silently partial.
        if (receipt) expect(receipt.is_complete).toBe(receipt.pending.length === 0);
        return receipt?.is_complete;
      },
      { timeout: 15_000 },
    )
    .toBe(true);
  if (!receipt) throw new Error('there is no receipt');
  return receipt;
}

test('a receipt explains the charge to the nano-dollar and agrees with the wallet', async () => {
  const receipt = await completeReceipt(await ask());
  const { hold, settlement, wallet } = receipt;
  expect([receipt.status, receipt.user]).toEqual(['settled', 'demo']);
  expect(hold?.price_version).toBe(settlement?.price_version);
  expect(hold?.amount_nanos ?? 0n).toBeGreaterThan(0n);
  const lines = settlement?.lines ?? [];
  expect(lines.reduce((sum, line) => sum + line.amount_nanos, 0n)).toBe(settlement?.amount_nanos);
  const exact = lines.reduce((sum, line) => sum + BigInt(line.tokens) * line.picos_per_token, 0n);
  expect((exact + 500n) / 1000n).toBe(settlement?.amount_nanos);
  expect((wallet?.paid_nanos ?? 0n) + (wallet?.loss_nanos ?? 0n)).toBe(settlement?.amount_nanos);
  const { body } = await query('billing', '/v1/wallets/demo?tenant=demo');
  expect(z.looseObject({ available_nanos: Amount, held_nanos: Amount }).parse(body)).toMatchObject({
    available_nanos: wallet?.available_after_nanos,
    held_nanos: 0n,
  });
  expect(receipt.events.map(({ event_name }) => event_name)).toEqual([
    'hold.placed',
    'usage.settled',
    'request.attempted',
    'request.completed',
  ]);
  expect(receipt.attempts).toHaveLength(1);
});

test('requests and usage agree with the wallet', async () => {
  const requestId = await ask();
  await completeReceipt(requestId);
  const { body: list } = await query('log', '/v1/requests?tenant=demo&user=demo&model=claude-*');
  const { requests } = z.object({ requests: z.array(z.looseObject({ request_id: z.string(), amount_nanos: Amount })) }).parse(list);
  expect(requests[0]?.request_id).toBe(requestId);
  const { body: usage } = await query('log', '/v1/usage?tenant=demo&group_by=provider');
  const { total } = z.object({ total: z.looseObject({ requests: z.number(), amount_nanos: Amount }) }).parse(usage);
  const { body } = await query('billing', '/v1/wallets/demo?tenant=demo');
  const { spent_nanos: spent } = z.looseObject({ spent_nanos: Amount }).parse(body);
  expect(total).toMatchObject({ requests: requests.length, amount_nanos: spent });
  expect(requests.reduce((sum, request) => sum + request.amount_nanos, 0n)).toBe(spent);
});

test('while the projector is away a receipt says what it waits for, or that nothing is known, and is whole afterwards', async () => {
  await system.halt('projector');
  const requestId = await ask();
  const early = await query('log', `/v1/receipts/${requestId}`);
  expect([early.status, z.looseObject({ code: z.string() }).parse(early.body).code]).toEqual([404, 'receipt_unknown']);
  await system.restart('projector');
  expect((await completeReceipt(requestId)).status).toBe('settled');
});
