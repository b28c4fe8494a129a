import { nanos } from '@lurus/base/money';
import { expect, test } from 'vitest';
import { DollarsPerMillionSchema, DollarsSchema, SignedDollarsSchema, amountFields } from './money-fields.ts';

const faults = (result: { readonly error?: { readonly issues: readonly { readonly message: string }[] } | undefined }): string[] =>
  result.error?.issues.map((issue) => issue.message) ?? [];

test('dollars are read to the nano-dollar', () => {
  expect(DollarsSchema.parse('20')).toBe(20_000_000_000n);
  expect(DollarsSchema.parse('0.000000001')).toBe(1n);
  expect(SignedDollarsSchema.parse('-0.5')).toBe(-500_000_000n);
  expect(SignedDollarsSchema.parse('1000000000')).toBe(10n ** 18n);
});

test('list prices are read to the pico-dollar per token', () => {
  expect(DollarsPerMillionSchema.parse('3.75')).toBe(3_750_000n);
  expect(DollarsPerMillionSchema.parse('0.003625')).toBe(3_625n);
});

test.each([
  [20, 'must be a decimal string like "20"; a JSON number can lose digits'],
  ['twenty', '"twenty" is not a decimal number; write it like 12 or 0.25'],
  ['1e3', '"1e3" is not a decimal number; write it like 12 or 0.25'],
  ['0', 'must be more than zero'],
  ['-1', 'must be more than zero'],
  ['0.0000000001', '"0.0000000001" has 10 decimal places, at most 9 are possible'],
  ['1000000000.000000001', 'must be at most a billion dollars'],
])('the amount %j is refused: %s', (given, message) => {
  expect(faults(DollarsSchema.safeParse(given))).toEqual([message]);
});

test('a price below zero or finer than a pico-dollar per token is refused', () => {
  expect(faults(DollarsPerMillionSchema.safeParse('-1'))).toEqual(['a rate cannot be negative, got -1000000 pico-dollars per token']);
  expect(faults(DollarsPerMillionSchema.safeParse('0.0000001'))).toEqual(['"0.0000001" has 7 decimal places, at most 6 are possible']);
});

test('an amount is shown twice, in dollars with nine places and in nano-dollars', () => {
  expect(amountFields('held', nanos(5n))).toEqual({ held_usd: '0.000000005', held_nanos: '5' });
});
