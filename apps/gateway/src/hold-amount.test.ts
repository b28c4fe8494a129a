import { picosPerToken } from '@lurus/base/money';
import type { RateCard, TokenRates } from '@lurus/pricing/rate-card';
import { expect, test } from 'vitest';
import { type ExpectedInput, expectedTokens, holdAmount } from './hold-amount.ts';

const rates = (input: bigint, output: bigint, over: Partial<TokenRates> = {}): TokenRates => ({
  inputPicos: picosPerToken(input),
  outputPicos: picosPerToken(output),
  cacheReadPicos: null,
  cacheWrite5mPicos: null,
  cacheWrite1hPicos: null,
  reasoningPicos: null,
  ...over,
});
const card = (base: TokenRates, over: Partial<RateCard> = {}): RateCard => ({ rates: base, tiers: [], isFree: false, ...over });
const body = new Uint8Array(1_000);
const amountOf = ({ price, ...ask }: ExpectedInput & { readonly price: RateCard }): bigint => holdAmount(expectedTokens(ask), price);

test('every byte counts as an input token, and the expected output on top', () => {
  const price = card(rates(3_000_000n, 15_000_000n));
  const ask = { body, maxOutputTokens: 128_000, choices: 1, expectedOutputTokens: 4_096 };
  expect(expectedTokens(ask)).toEqual({ inputBytes: 1_000, inputTokens: 250, outputTokens: 4_096 });
  expect(amountOf({ ...ask, price })).toBe(1_000n * 3_000n + 4_096n * 15_000n);
});

test('a client that asks for little reserves little', () => {
  const price = card(rates(0n, 15_000_000n));
  const amount = (maxOutputTokens: number | undefined, choices: number): bigint =>
    amountOf({ body, maxOutputTokens, choices, price, expectedOutputTokens: 4_096 });
  expect(amount(100, 1)).toBe(100n * 15_000n);
  expect(amount(100, 3)).toBe(300n * 15_000n);
  expect(amount(100, 1_000)).toBe(4_096n * 15_000n);
  expect(amount(undefined, 1)).toBe(4_096n * 15_000n);
});

test('the dearest class that the prompt can be charged at counts', () => {
  const price = card(rates(3_000_000n, 0n, { cacheWrite1hPicos: picosPerToken(6_000_000n) }));
  expect(amountOf({ body, maxOutputTokens: 1, choices: 1, price, expectedOutputTokens: 1 })).toBe(1_000n * 6_000n);
});

test('a prompt that can reach a dearer tier reserves at its rates', () => {
  const tiers = [{ promptTokens: 500, isInclusive: false, rates: rates(6_000_000n, 0n) }];
  const price = card(rates(3_000_000n, 0n), { tiers });
  const amount = (bytes: number): bigint =>
    amountOf({ body: new Uint8Array(bytes), maxOutputTokens: 1, choices: 1, price, expectedOutputTokens: 1 });
  expect(amount(500)).toBe(500n * 3_000n);
  expect(amount(501)).toBe(501n * 6_000n);
});

test('a free model reserves nothing', () => {
  const price = card(rates(3_000_000n, 3_000_000n), { isFree: true });
  expect(amountOf({ body, maxOutputTokens: 10, choices: 1, price, expectedOutputTokens: 10 })).toBe(0n);
});
