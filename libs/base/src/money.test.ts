import { expect, test } from 'vitest';
import {
  formatDecimal,
  formatDollars,
  formatDollarsPerMillion,
  nanos,
  NanosSchema,
  parseDecimal,
  parseDollars,
  parseDollarsPerMillion,
  picosPerToken,
  PicosPerTokenSchema,
  roundToNanos,
} from './money.ts';

test('dollars are read as text, exactly, down to the nano-dollar', () => {
  expect(parseDollars('20')).toBe(20_000_000_000n);
  expect(parseDollars('0.000000001')).toBe(1n);
  expect(parseDollars('-1.5')).toBe(-1_500_000_000n);
  expect(parseDollars(' 1.50 ')).toBe(1_500_000_000n);
});

test.each(['', '1e3', '1,5', '.5', '1.', '0x10', 'NaN', '1.0000000001', '--1', '1 2'])('"%s" is refused as dollars', (text) => {
  expect(() => parseDollars(text)).toThrow(RangeError);
});

test('trailing zeros past the last place are no loss', () => {
  expect(parseDecimal('1.5000000000000', 9)).toBe(1_500_000_000n);
});

test('formatting shows every place and survives a round trip', () => {
  for (const amount of [0n, 1n, -1n, 999_999_999n, 1_000_000_000n, 123_456_789_012_345_678_901n, -5_000_000_001n]) {
    expect(parseDollars(formatDollars(nanos(amount)))).toBe(amount);
  }
  expect(formatDollars(nanos(1n))).toBe('0.000000001');
  expect(formatDecimal(-50n, 2)).toBe('-0.50');
});

test('a list price per million tokens is the same integer as pico-dollars per token', () => {
  expect(parseDollarsPerMillion('3')).toBe(3_000_000n);
  expect(parseDollarsPerMillion('0.003625')).toBe(3_625n);
  expect(formatDollarsPerMillion(picosPerToken(3_750_000n))).toBe('3.75');
  expect(formatDollarsPerMillion(picosPerToken(10_000_000n))).toBe('10');
  expect(() => parseDollarsPerMillion('-1')).toThrow('cannot be negative');
});

test('rounding goes half up, once', () => {
  expect(roundToNanos(499n)).toBe(0n);
  expect(roundToNanos(500n)).toBe(1n);
  expect(roundToNanos(1_499n)).toBe(1n);
  expect(roundToNanos(1_500n)).toBe(2n);
  expect(() => roundToNanos(-1n)).toThrow(RangeError);
});

test('borders take decimal strings and bigint, never numbers', () => {
  expect(NanosSchema.parse('-12')).toBe(-12n);
  expect(NanosSchema.parse(12n)).toBe(12n);
  expect(NanosSchema.safeParse(12).success).toBe(false);
  expect(NanosSchema.safeParse('1.5').success).toBe(false);
  expect(PicosPerTokenSchema.safeParse('-1').success).toBe(false);
});
