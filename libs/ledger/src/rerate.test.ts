import { nanos, picosPerToken } from '@lurus/base/money';
import { expect, test } from 'vitest';
import { newHistory } from './history.fixture.ts';
import { faultOfLines, faultOfPrice, type Settlement } from './rerate.ts';

const picos = picosPerToken;
type Price = Parameters<typeof faultOfPrice>[1];
type Line = Settlement['data']['lines'][number];

const line = (tokenClass: Line['tokenClass'], tokens: number, rate: bigint, amount: bigint): Line => ({
  tokenClass,
  tokens,
  picosPerToken: picos(rate),
  amountNanos: nanos(amount),
});

function settlement(data: Partial<Settlement['data']>): Settlement {
  const history = newHistory();
  history.settle('w', 'a', 0n);
  const [event] = history.events;
  if (event?.name !== 'usage.settled') throw new Error('the history has no settlement');
  return { ...event, data: { ...event.data, ...data } };
}

const rates = (input: bigint, output: bigint): Price['rates'] => ({
  inputPicos: picos(input),
  outputPicos: picos(output),
  cacheReadPicos: null,
  cacheWrite5mPicos: null,
  cacheWrite1hPicos: null,
  reasoningPicos: null,
});
const price = (changes: Partial<Price> = {}): Price => ({
  model: 'm',
  rates: rates(3_000_000n, 15_000_000n),
  tiers: [],
  isFree: false,
  actor: 'test',
  ...changes,
});

const good = settlement({
  inputTokens: 23,
  outputTokens: 11,
  lines: [line('input', 23, 3_000_000n, 69_000n), line('output', 11, 15_000_000n, 165_000n)],
  amountNanos: nanos(234_000n),
});

test('the receipt of the operator page adds up', () => {
  expect(faultOfLines(good)).toBeUndefined();
  expect(faultOfPrice(good, price())).toBeUndefined();
});

test('a nano-dollar too much is found', () => {
  const wrong = settlement({ ...good.data, amountNanos: nanos(234_001n) });
  expect(faultOfLines(wrong)).toContain('add up to 234000');
  expect(faultOfPrice(wrong, price())).toContain('it costs 234000');
});

test('lines that add up to a charge but not to their own tokens are found', () => {
  const lines = [line('input', 23, 3_000_000n, 70_000n), line('output', 11, 15_000_000n, 164_000n)];
  expect(faultOfLines(settlement({ ...good.data, lines }))).toContain('its line input is 70000');
});

test('all lines are rounded together, half up', () => {
  const lines = [line('input', 1, 250n, 0n), line('output', 1, 250n, 1n)];
  expect(faultOfLines(settlement({ inputTokens: 1, outputTokens: 1, lines, amountNanos: nanos(1n) }))).toBeUndefined();
  expect(
    faultOfPrice(settlement({ inputTokens: 1, outputTokens: 1, lines, amountNanos: nanos(1n) }), price({ rates: rates(250n, 250n) })),
  ).toBeUndefined();
});

test.each([
  [100, 100n],
  [101, 303n],
  [200, 1_000n],
])('a prompt of %i tokens is charged at the tier that it reaches', (tokens, amount) => {
  const tiers = [
    { promptTokens: 100, isInclusive: false, rates: rates(3_000n, 0n) },
    { promptTokens: 200, isInclusive: true, rates: rates(5_000n, 0n) },
  ];
  const event = settlement({ inputTokens: tokens, amountNanos: nanos(amount) });
  expect(faultOfPrice(event, price({ rates: rates(1_000n, 0n), tiers }))).toBeUndefined();
});

test('reasoning is charged apart only where the price does so, and a free model costs nothing', () => {
  const usage = { outputTokens: 10, reasoningTokens: 4 };
  const apart = { ...rates(0n, 1_000n), reasoningPicos: picos(5_000n) };
  expect(faultOfPrice(settlement({ ...usage, amountNanos: nanos(26n) }), price({ rates: apart }))).toBeUndefined();
  expect(faultOfPrice(settlement({ ...usage, amountNanos: nanos(10n) }), price({ rates: rates(0n, 1_000n) }))).toBeUndefined();
  expect(faultOfPrice(settlement({ ...usage, amountNanos: nanos(0n) }), price({ isFree: true }))).toBeUndefined();
});
