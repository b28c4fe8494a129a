import { expect, test } from 'vitest';
import { placesOf } from '../places-of.ts';
import { moneyWithoutFloats } from './money-without-floats.ts';

test.each(['Number(amount)', 'parseFloat(text)', 'x.toFixed(2)', 'Math.round(x)'])('%s is found where money is computed', (call) => {
  const text = `export const a = ${call};`;
  expect(placesOf(moneyWithoutFloats, { 'libs/pricing/src/a.ts': text })).toEqual(['libs/pricing/src/a.ts:1']);
  expect(placesOf(moneyWithoutFloats, { 'projections/wallets/fold.ts': text })).toEqual(['projections/wallets/fold.ts:1']);
  expect(placesOf(moneyWithoutFloats, { 'libs/base/src/money.ts': text })).toEqual(['libs/base/src/money.ts:1']);
});

test('bigint arithmetic and limits of whole numbers pass', () => {
  expect(
    placesOf(moneyWithoutFloats, { 'libs/pricing/src/a.ts': 'const a = BigInt(tokens) * rate; const m = Number.MAX_SAFE_INTEGER;' }),
  ).toEqual([]);
});
