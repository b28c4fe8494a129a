import { nanos } from '@lurus/base/money';
import { InstantSchema } from '@lurus/base/clock';
import { expect, test } from 'vitest';
import type { Attempt } from './attempts.ts';
import type { LedgerRow, WalletMovement } from './ledger.ts';
import { type ReceiptParts, assembleReceipt, isKnown } from './receipt.ts';
import type { RequestEntry } from './requests.ts';

const requestId = '01JDCB3Q4XK5N8V2Z7W9T6R1YE';
const at = InstantSchema.parse('2026-11-23T08:00:00.000Z');
const tokens = {
  input_tokens: 0,
  cache_read_tokens: 0,
  cache_write_5m_tokens: 0,
  cache_write_1h_tokens: 0,
  output_tokens: 0,
  reasoning_tokens: 0,
};

const ledgerRow = (changes: Partial<LedgerRow>): LedgerRow => ({
  stream: 'BILLING_EVENTS',
  sequence: '10',
  event_id: 'hold-event',
  event_name: 'hold.placed',
  at: '2026-11-23 08:00:00.000',
  tenant_id: 'main',
  wallet_id: 'wallet',
  user_id: 'user',
  key_id: 'Ab3dE6gH',
  amount_nanos: '5000',
  attempt: 0,
  dialect: '',
  provider_id: '',
  provider: '',
  model: 'm',
  upstream_model: '',
  served_model: null,
  price_version: 'price',
  lines: [],
  is_estimated: false,
  reason: '',
  expires_at: '2026-11-23 08:30:00.000',
  input_tokens: '0',
  cache_read_tokens: '0',
  cache_write5m_tokens: '0',
  cache_write1h_tokens: '0',
  output_tokens: '0',
  reasoning_tokens: '0',
  ...changes,
});
const hold = ledgerRow({});
const settled = ledgerRow({
  sequence: '12',
  event_id: 'settle-event',
  event_name: 'usage.settled',
  amount_nanos: '3000',
  attempt: 2,
  provider: 'acme',
  reason: 'complete',
  expires_at: null,
  input_tokens: '400',
  output_tokens: '120',
  lines: [
    { token_class: 'input', tokens: '400', picos_per_token: '3000000', amount_nanos: '1200' },
    { token_class: 'output', tokens: '120', picos_per_token: '15000000', amount_nanos: '1800' },
  ],
});

const movement = (changes: Partial<WalletMovement>): WalletMovement => ({
  sequence: 12,
  eventId: 'settle-event',
  eventName: 'usage.settled',
  tenantId: 'main',
  walletId: 'wallet',
  amountNanos: nanos(3000n),
  availableDelta: nanos(2000n),
  heldDelta: nanos(-5000n),
  lossNanos: nanos(0n),
  availableAfter: nanos(97_000n),
  heldAfter: nanos(0n),
  reason: 'complete',
  at,
  ...changes,
});

const attempt = (number: number): Attempt => ({
  attempt: number,
  at,
  event: { id: `attempt-${number}`, stream: 'LLM_EVENTS', sequence: number },
  event_name: 'request.attempted',
  provider: 'acme',
  provider_id: 'p',
  upstream_model: 'm',
  outcome: 'answered',
  status: 200,
  error: null,
  first_byte_ms: 1,
  duration_ms: 2,
  has_usage: true,
  ...tokens,
});

const request: RequestEntry = {
  request_id: requestId,
  at,
  event: { id: 'end-event', stream: 'LLM_EVENTS', sequence: 3 },
  event_name: 'request.completed',
  tenant: 'main',
  user: 'ada',
  user_id: 'user',
  key_id: 'Ab3dE6gH',
  wallet_id: 'wallet',
  dialect: 'anthropic',
  operation: 'generate',
  model: 'm',
  upstream_model: 'm',
  served_model: null,
  provider: 'acme',
  provider_id: 'p',
  attempts: 2,
  is_stream: false,
  status: 200,
  reason: 'complete',
  stop_reported: null,
  stop_class: null,
  ...tokens,
  is_estimated: false,
  amount_usd: '0.000003000',
  amount_nanos: '3000',
  price_version: 'price',
  first_byte_ms: 1,
  duration_ms: 2,
  request_bytes: 1,
  response_bytes: 1,
  client_family: 'other',
  session_key: null,
  sub_key: null,
  request_class: 'main',
};

const nothing: ReceiptParts = { requestId, ledger: [], movements: [], request: undefined, attempts: [], userName: undefined };
const partsOf = (receipt: { pending: readonly { part: string }[] }): string[] => receipt.pending.map(({ part }) => part);

test('nothing known is no receipt', () => {
  expect(isKnown(nothing)).toBe(false);
});

test('a settled request shows tokens by class times rate, what the wallet paid, and every event', () => {
  const parts = { ...nothing, ledger: [hold, settled], movements: [movement({})], request, attempts: [attempt(1), attempt(2)] };
  const receipt = assembleReceipt(parts);
  expect(receipt).toMatchObject({ status: 'settled', is_complete: true, pending: [], user: 'ada', release: null });
  expect(receipt.hold).toMatchObject({ amount_usd: '0.000005000', placed_at: at, expires_at: '2026-11-23T08:30:00.000Z' });
  expect(receipt.settlement?.lines).toEqual([
    {
      token_class: 'input',
      tokens: 400,
      usd_per_million: '3',
      picos_per_token: '3000000',
      amount_usd: '0.000001200',
      amount_nanos: '1200',
    },
    {
      token_class: 'output',
      tokens: 120,
      usd_per_million: '15',
      picos_per_token: '15000000',
      amount_usd: '0.000001800',
      amount_nanos: '1800',
    },
  ]);
  expect(receipt.wallet).toMatchObject({ paid_nanos: '3000', loss_nanos: '0', available_after_nanos: '97000' });
  expect(receipt.events.map(({ stream, sequence, id }) => [stream, sequence, id])).toEqual([
    ['BILLING_EVENTS', 10, 'hold-event'],
    ['BILLING_EVENTS', 12, 'settle-event'],
    ['LLM_EVENTS', 1, 'attempt-1'],
    ['LLM_EVENTS', 2, 'attempt-2'],
    ['LLM_EVENTS', 3, 'end-event'],
  ]);
});

test('what the wallet could not pay is shown as the house’s loss', () => {
  const poor = movement({ availableDelta: nanos(0n), heldDelta: nanos(-1000n), lossNanos: nanos(2000n), availableAfter: nanos(0n) });
  const receipt = assembleReceipt({ ...nothing, ledger: [hold, settled], movements: [poor], request, attempts: [attempt(1), attempt(2)] });
  expect(receipt.wallet).toMatchObject({ paid_nanos: '1000', loss_nanos: '2000', available_after_nanos: '0' });
});

test('a request that runs has a hold and no end, and the receipt says so', () => {
  const receipt = assembleReceipt({ ...nothing, ledger: [hold], userName: 'ada' });
  expect(receipt).toMatchObject({ status: 'held', is_complete: false, user: 'ada', wallet_id: 'wallet' });
  expect(receipt.pending).toEqual([{ part: 'end', says: 'The request still runs, or its end is not in the ledger yet.' }]);
});

test('a request that has ended but whose money is not in the ledger yet is not called free', () => {
  const receipt = assembleReceipt({ ...nothing, request, attempts: [attempt(1), attempt(2)] });
  expect(receipt.status).toBe('pending');
  expect(partsOf(receipt)).toEqual(['hold', 'end']);
});

test('a ledger that is ahead of the request log and of the wallet says what is missing', () => {
  const receipt = assembleReceipt({ ...nothing, ledger: [hold, settled] });
  expect(receipt.status).toBe('settled');
  expect(partsOf(receipt)).toEqual(['request', 'wallet']);
  const oneAttempt = assembleReceipt({ ...nothing, ledger: [hold, settled], movements: [movement({})], request, attempts: [attempt(2)] });
  expect(oneAttempt.pending).toEqual([{ part: 'attempts', says: 'The request log has 1 of 2 attempts.' }]);
});

test('an event that only the wallet view knows is listed, and the rest is said to be missing', () => {
  const placed = movement({ sequence: 10, eventId: 'hold-event', eventName: 'hold.placed' });
  const receipt = assembleReceipt({ ...nothing, movements: [placed] });
  expect(receipt).toMatchObject({ status: 'pending', tenant: 'main', wallet_id: 'wallet', wallet: null });
  expect(partsOf(receipt)).toEqual(['hold', 'end']);
  expect(receipt.events).toEqual([{ stream: 'BILLING_EVENTS', sequence: 10, id: 'hold-event', event_name: 'hold.placed', at }]);
});

test('a release gives the hold back and charges nothing', () => {
  const released = ledgerRow({
    sequence: '11',
    event_id: 'release',
    event_name: 'hold.released',
    reason: 'upstream_refused',
    amount_nanos: '0',
  });
  const back = movement({ eventName: 'hold.released', availableDelta: nanos(5000n), heldDelta: nanos(-5000n) });
  const receipt = assembleReceipt({ ...nothing, ledger: [hold, released], movements: [back], request, attempts: [attempt(1), attempt(2)] });
  expect(receipt).toMatchObject({
    status: 'released',
    is_complete: true,
    settlement: null,
    release: { how: 'released', reason: 'upstream_refused' },
  });
  expect(receipt.wallet).toMatchObject({ paid_nanos: '0' });
});

test('a settlement that comes after its hold expired is what counts; both events are listed', () => {
  const expired = ledgerRow({ sequence: '11', event_id: 'expiry', event_name: 'hold.expired', amount_nanos: '0' });
  const movements = [
    movement({ sequence: 11, eventId: 'expiry', eventName: 'hold.expired' }),
    movement({ reason: 'late: complete', availableDelta: nanos(-3000n), heldDelta: nanos(0n) }),
  ];
  const receipt = assembleReceipt({ ...nothing, ledger: [hold, expired, settled], movements, request, attempts: [attempt(1), attempt(2)] });
  expect(receipt).toMatchObject({ status: 'settled', release: { how: 'expired' }, wallet: { paid_nanos: '3000', note: 'late: complete' } });
  expect(receipt.events.filter(({ stream }) => stream === 'BILLING_EVENTS')).toHaveLength(3);
});

test('a request that never held money has no money missing', () => {
  const counted = { ...request, operation: 'count_tokens', price_version: null, amount_nanos: '0', attempts: 1 };
  const receipt = assembleReceipt({ ...nothing, request: counted, attempts: [attempt(1)] });
  expect(receipt).toMatchObject({ status: 'unbilled', is_complete: true, hold: null, settlement: null });
});
