import { expect, test } from 'vitest';
import { collectMapping, futureMoment, pastMoment, positiveInteger, wholeNumber } from './option-values.ts';
import { parseTier } from './price-tier.ts';

const NOW_MS = Date.parse('2026-11-23T08:00:00.000Z');

test.each([
  ['90s', '2026-11-23T07:58:30.000Z'],
  ['15m', '2026-11-23T07:45:00.000Z'],
  ['24h', '2026-11-22T08:00:00.000Z'],
  ['7d', '2026-11-16T08:00:00.000Z'],
  ['2026-11-01', '2026-11-01T00:00:00.000Z'],
  ['2026-11-01T10:00:00+02:00', '2026-11-01T08:00:00.000Z'],
])('%s back is %s', (text, instant) => {
  expect(pastMoment(NOW_MS)(text)).toBe(instant);
});

test('a span may also lie ahead', () => {
  expect(futureMoment(NOW_MS)('30d')).toBe('2026-12-23T08:00:00.000Z');
});

test.each(['', 'yesterday', '5 minutes', '-5m', '5w'])('%j is no time', (text) => {
  expect(() => pastMoment(NOW_MS)(text)).toThrow('Write 15m');
});

test.each(['0', '-1', '1.5', '1e3', 'x', ''])('%j is no whole number of at least 1', (text) => {
  expect(() => positiveInteger(text)).toThrow('whole number');
});

test('zero is a whole number', () => {
  expect(wholeNumber('0')).toBe(0);
});

test('mappings collect into one object, later ones win', () => {
  expect(collectMapping('a=c', collectMapping('b=x/b', collectMapping('a=b')))).toEqual({ a: 'c', b: 'x/b' });
  expect(() => collectMapping('=b')).toThrow('Write <model or pattern>');
});

test('a tier may leave classes out in the middle', () => {
  expect(parseTier('200000:6:22.5::7.5', false)).toEqual({
    prompt_tokens: 200_000,
    is_inclusive: false,
    input_usd: '6',
    output_usd: '22.5',
    cache_write_5m_usd: '7.5',
  });
});

test.each(['200000', '200000:6', '0:6:22', 'x:6:22', '200000:6:22.1234567', '1:1:1:1:1:1:1:1'])('%s is no tier', (text) => {
  expect(() => parseTier(text, false)).toThrow(/Write it as|is not a decimal|decimal places/);
});
