import { nanos } from '@lurus/base/money';
import { expect, test } from 'vitest';
import { shownDollars, shownNanos, shownRate } from './money-text.ts';

test.each([
  [0n, '$0.00'],
  [1_250_000_000n, '$1.25'],
  [1_000_000_000n, '$1.00'],
  [450_000n, '$0.00045'],
  [1n, '$0.000000001'],
  [-3_000_000_000n, '-$3.00'],
  [-1n, '-$0.000000001'],
  [123_456_789_012_345_678_901n, '$123456789012.345678901'],
])('%s nano-dollars are shown exactly as %s', (amount, text) => {
  expect(shownDollars(nanos(amount))).toBe(text);
});

test('amounts of the services are read as integers, never as floats', () => {
  expect(shownNanos('9007199254740993')).toBe('$9007199.254740993');
});

test('a rate loses only zeros behind its point', () => {
  expect(['3.750000', '300', '0.300000', '10.000000'].map(shownRate)).toEqual(['3.75', '300', '0.3', '10']);
});
