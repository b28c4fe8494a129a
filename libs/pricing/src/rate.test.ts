/**
 * Seeded properties: a plain generator makes usages and rate cards of every shape (missing classes, tiers, free models), and the rating is
 * compared with exact integer arithmetic done here the long way.
 */
import { parseDollarsPerMillion, picosPerToken } from '@lurus/base/money';
import { NO_TOKENS, promptTokens, type TokenUsage } from '@lurus/base/token-usage';
import { describe, expect, test } from 'vitest';
import { upperBound } from './bounds.ts';
import { exactPicos, rate, rateTogether } from './rate.ts';
import { type RateCard, ratesAt, type TokenRates } from './rate-card.ts';

const CASES = 2_000; // Milliseconds all together, and far past the number of shapes.

interface Prices {
  readonly input: string;
  readonly output: string;
  readonly cacheRead?: string;
  readonly cacheWrite5m?: string;
  readonly cacheWrite1h?: string;
  readonly reasoning?: string;
}

const rates = (prices: Prices): TokenRates => ({
  inputPicos: parseDollarsPerMillion(prices.input),
  outputPicos: parseDollarsPerMillion(prices.output),
  cacheReadPicos: prices.cacheRead === undefined ? null : parseDollarsPerMillion(prices.cacheRead),
  cacheWrite5mPicos: prices.cacheWrite5m === undefined ? null : parseDollarsPerMillion(prices.cacheWrite5m),
  cacheWrite1hPicos: prices.cacheWrite1h === undefined ? null : parseDollarsPerMillion(prices.cacheWrite1h),
  reasoningPicos: prices.reasoning === undefined ? null : parseDollarsPerMillion(prices.reasoning),
});

const card = (prices: Prices, tiers: RateCard['tiers'] = []): RateCard => ({ rates: rates(prices), tiers, isFree: false });
const used = (usage: Partial<TokenUsage>): TokenUsage => ({ ...NO_TOKENS, ...usage });

/** mulberry32: 32 bits of state are plenty here, and a failing seed can be typed in again. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

function anyRates(next: (below: number) => number): TokenRates {
  const some = () => picosPerToken(BigInt(next(2) === 0 ? next(10_000) : next(75_000_000)));
  const perhaps = () => (next(3) === 0 ? null : some());
  return {
    inputPicos: some(),
    outputPicos: some(),
    cacheReadPicos: perhaps(),
    cacheWrite5mPicos: perhaps(),
    cacheWrite1hPicos: perhaps(),
    reasoningPicos: perhaps(),
  };
}

const anyCard = (next: (below: number) => number): RateCard => ({
  rates: anyRates(next),
  tiers: Array.from({ length: next(3) }, () => ({
    promptTokens: 1 + next(200_000),
    isInclusive: next(2) === 0,
    rates: anyRates(next),
  })),
  isFree: next(20) === 0,
});

function anyUsage(next: (below: number) => number): TokenUsage {
  const some = () => (next(3) === 0 ? 0 : next(next(2) === 0 ? 10 : 300_000));
  const outputTokens = some();
  return {
    inputTokens: some(),
    cacheReadTokens: some(),
    cacheWrite5mTokens: some(),
    cacheWrite1hTokens: some(),
    outputTokens,
    reasoningTokens: next(outputTokens + 1),
  };
}

function everyCase(check: (input: { usage: TokenUsage; price: RateCard; next: (below: number) => number }) => void): void {
  for (let seed = 0; seed < CASES; seed += 1) {
    const next = generator(seed);
    check({ usage: anyUsage(next), price: anyCard(next), next });
  }
}

describe('the amount', () => {
  test('is each class at its own rate', () => {
    const price = card({ input: '5', output: '25', cacheRead: '0.5', cacheWrite5m: '6.25', cacheWrite1h: '10' });
    const usage = used({ inputTokens: 3, cacheReadTokens: 1111, cacheWrite5mTokens: 418, cacheWrite1hTokens: 7, outputTokens: 100 });
    const { lines, amountNanos } = rate({ usage, price });
    expect(lines.map(({ tokenClass, tokens, amountNanos }) => [tokenClass, tokens, amountNanos])).toEqual([
      ['input', 3, 15_000n],
      ['cache_read', 1111, 555_500n],
      ['cache_write_5m', 418, 2_612_500n],
      ['cache_write_1h', 7, 70_000n],
      ['output', 100, 2_500_000n],
    ]);
    expect(amountNanos).toBe(5_753_000n);
  });

  test('charges cache classes without a rate as input, and reasoning without a rate inside the output', () => {
    const usage = used({
      inputTokens: 1,
      cacheReadTokens: 2,
      cacheWrite5mTokens: 3,
      cacheWrite1hTokens: 4,
      outputTokens: 10,
      reasoningTokens: 6,
    });
    const { lines, amountNanos } = rate({ usage, price: card({ input: '1', output: '2' }) });
    expect(amountNanos).toBe(10_000n + 20_000n);
    expect(lines.map((line) => line.tokenClass)).not.toContain('reasoning');
  });

  test('takes separately priced reasoning out of the output', () => {
    const { lines } = rate({
      usage: used({ outputTokens: 10, reasoningTokens: 6 }),
      price: card({ input: '1', output: '2', reasoning: '3' }),
    });
    expect(lines.map(({ tokenClass, tokens }) => [tokenClass, tokens])).toEqual([
      ['output', 4],
      ['reasoning', 6],
    ]);
  });

  test('never goes below zero where a vendor reports more reasoning than output', () => {
    const { lines } = rate({
      usage: used({ outputTokens: 10, reasoningTokens: 11 }),
      price: card({ input: '1', output: '2', reasoning: '3' }),
    });
    expect(lines.map(({ tokenClass, tokens }) => [tokenClass, tokens])).toEqual([['reasoning', 11]]);
  });

  test('of a free model is zero, with its lines still there to read', () => {
    const { lines, amountNanos } = rate({ usage: used({ inputTokens: 5 }), price: { ...card({ input: '1', output: '2' }), isFree: true } });
    expect(amountNanos).toBe(0n);
    expect(lines).toEqual([{ tokenClass: 'input', tokens: 5, picosPerToken: 0n, amountNanos: 0n }]);
  });

  test('of no tokens is zero and has no lines', () =>
    expect(rate({ usage: NO_TOKENS, price: card({ input: '1', output: '2' }) })).toEqual({ lines: [], amountNanos: 0n }));

  test('refuses a count that is negative or no whole number', () => {
    const price = card({ input: '1', output: '2' });
    expect(() => rate({ usage: used({ inputTokens: -1 }), price })).toThrow(RangeError);
    expect(() => rate({ usage: used({ outputTokens: 1.5 }), price })).toThrow('1.5 is no count of output tokens');
  });
});

describe('rounding', () => {
  test('rounds half a nano-dollar up, once for all lines together', () => {
    // Two lines of 0.25 nano-dollars: rounded apart both would vanish.
    const price = card({ input: '0.00025', output: '0.00025' });
    expect(rate({ usage: used({ inputTokens: 1, outputTokens: 1 }), price }).amountNanos).toBe(1n);
    expect(rate({ usage: used({ inputTokens: 1 }), price }).amountNanos).toBe(0n);
  });

  test('gives a missing nano-dollar to the line that lost most, among equals to the larger, among twins to the first', () => {
    const amounts = (usage: Partial<TokenUsage>, price: RateCard) =>
      rate({ usage: used(usage), price }).lines.map((line) => line.amountNanos);
    expect(amounts({ inputTokens: 1, outputTokens: 1 }, card({ input: '0.0006', output: '0.0009' }))).toEqual([1n, 1n]);
    expect(amounts({ inputTokens: 1, outputTokens: 1 }, card({ input: '0.0002', output: '0.0009' }))).toEqual([0n, 1n]);
    expect(amounts({ inputTokens: 1, outputTokens: 1 }, card({ input: '0.0005', output: '0.0015' }))).toEqual([0n, 2n]);
    expect(amounts({ inputTokens: 1, outputTokens: 1 }, card({ input: '0.0005', output: '0.0005' }))).toEqual([1n, 0n]);
  });

  test('makes the lines add up to the total, less than one nano-dollar away from the exact price', () =>
    everyCase(({ usage, price }) => {
      const { lines, amountNanos } = rate({ usage, price });
      expect(lines.reduce((sum, line) => sum + line.amountNanos, 0n)).toBe(amountNanos);
      const error = amountNanos * 1_000n - exactPicos({ usage, price });
      expect(error >= -499n && error <= 500n).toBe(true);
      for (const line of lines) {
        const apart = line.amountNanos * 1_000n - BigInt(line.tokens) * line.picosPerToken;
        expect(apart > -1_000n && apart < 1_000n).toBe(true);
      }
    }));

  test('happens once for an answer that two models took part in', () => {
    const price = card({ input: '0.00025', output: '1' });
    const part = { usage: used({ inputTokens: 1 }), price };
    expect(rateTogether([part, part]).amountNanos).toBe(1n);
    expect(rate(part).amountNanos).toBe(0n);
  });
});

test('more tokens of a class never cost less within one tier', () =>
  everyCase(({ usage, price, next }) => {
    const flat = { ...price, tiers: [], rates: { ...price.rates, reasoningPicos: null } };
    const field =
      (['inputTokens', 'cacheReadTokens', 'cacheWrite5mTokens', 'cacheWrite1hTokens', 'outputTokens'] as const)[next(5)] ?? 'inputTokens';
    const more = { ...usage, [field]: usage[field] + next(1_000) };
    expect(rate({ usage: more, price: flat }).amountNanos >= rate({ usage, price: flat }).amountNanos).toBe(true);
  }));

describe('context tiers', () => {
  const tier = (promptTokens: number, input: string, isInclusive = false) => ({
    promptTokens,
    isInclusive,
    rates: rates({ input, output: '1' }),
  });
  const inputAt = (price: RateCard, promptTokens: number) => ratesAt(price, promptTokens).inputPicos;

  test('move the whole request once its prompt is longer than the threshold', () => {
    const price = card({ input: '2.5', output: '15' }, [tier(272_000, '5')]);
    expect(inputAt(price, 272_000)).toBe(2_500_000n);
    expect(inputAt(price, 272_001)).toBe(5_000_000n);
  });

  test('can begin at the threshold itself', () => {
    const price = card({ input: '2.5', output: '15' }, [tier(200_000, '5', true)]);
    expect(inputAt(price, 199_999)).toBe(2_500_000n);
    expect(inputAt(price, 200_000)).toBe(5_000_000n);
  });

  test('are chosen by height, not by their order', () => {
    const price = card({ input: '1', output: '1' }, [tier(200, '3'), tier(100, '2')]);
    expect([50, 150, 250].map((prompt) => inputAt(price, prompt))).toEqual([1_000_000n, 2_000_000n, 3_000_000n]);
  });

  test('count cached parts of the prompt', () => {
    const price = card({ input: '1', output: '1', cacheRead: '0' }, [tier(100, '2')]);
    expect(rate({ usage: used({ inputTokens: 1, cacheReadTokens: 100 }), price }).lines[0]?.picosPerToken).toBe(2_000_000n);
  });

  test('fill their gaps from themselves', () => {
    const price = card({ input: '1', output: '1', cacheRead: '0.1' }, [tier(100, '2')]);
    expect(ratesAt(price, 101).cacheReadPicos).toBe(2_000_000n);
  });
});

describe('bounds', () => {
  test('the upper bound is never below what a request of that size costs', () =>
    everyCase(({ usage, price, next }) => {
      const choices = 1 + next(3);
      const bound = upperBound({
        inputBytes: promptTokens(usage) + next(50),
        maxOutputTokens: Math.ceil(usage.outputTokens / choices),
        choices,
        price,
      });
      expect(bound >= rate({ usage, price }).amountNanos).toBe(true);
    }));

  test('the upper bound takes the dearest tier that can be reached, and no tier that cannot', () => {
    const price = card({ input: '1', output: '1' }, [
      { promptTokens: 100, isInclusive: true, rates: rates({ input: '10', output: '10' }) },
    ]);
    expect(upperBound({ inputBytes: 99, maxOutputTokens: 1, choices: 1, price })).toBe(100_000n);
    expect(upperBound({ inputBytes: 100, maxOutputTokens: 1, choices: 1, price })).toBe(1_010_000n);
  });

  test('bounds are rounded up, so that the smallest price reserves something', () =>
    expect(upperBound({ inputBytes: 1, maxOutputTokens: 0, choices: 1, price: card({ input: '0.000001', output: '1' }) })).toBe(1n));
});
