import { expect, test } from 'vitest';
import { placesOf } from '../places-of.ts';
import { purePackages } from './pure-packages.ts';

test('a pure package takes its time and chance as arguments', () => {
  const text = '// Not Date.now(): the event says when.\nexport const later = (at: number) => new Date(at + 1);';
  expect(placesOf(purePackages, { 'libs/pricing/src/a.ts': text })).toEqual([]);
});

test.each(['Date.now()', 'new Date()', 'Math.random()', 'process.env.HOME', 'performance.now()', 'fetch(url)', 'setTimeout(run, 1)'])(
  '%s is banned in a pure package',
  (call) => {
    expect(placesOf(purePackages, { 'projections/wallets/a.ts': `export const a = ${call};` })).toEqual(['projections/wallets/a.ts:1']);
  },
);

test('node modules are banned in a pure package, apps and tests may use them', () => {
  const text = "import { createHash } from 'node:crypto';";
  expect(placesOf(purePackages, { 'libs/events/src/a.ts': text })).toEqual(['libs/events/src/a.ts:1']);
  expect(placesOf(purePackages, { 'apps/log/src/a.ts': text, 'libs/events/src/a.test.ts': text })).toEqual([]);
});
