import { expect, test } from 'vitest';
import { placesOf } from '../places-of.ts';
import { fileNames } from './file-names.ts';

const isGood = (path: string, text = 'export const a = 1;'): boolean => placesOf(fileNames, { [path]: text }).length === 0;

test.each(['libs/base/src/rate-usage.ts', 'projections/request_log/schema.sql', 'libs/x/src/a.nats.test.ts', 'tools/boot.mjs'])(
  '%s is a good name',
  (path) => {
    expect(isGood(path)).toBe(true);
  },
);

test.each([
  'libs/base/src/rateUsage.ts',
  'libs/base/src/utils.ts',
  'libs/base/src/helpers/rate.ts',
  'libs/base/src/common.test.ts',
  'libs/base/src/index.ts',
])('%s is refused', (path) => {
  expect(isGood(path)).toBe(false);
});

test('a file that only passes on the exports of others is refused', () => {
  expect(isGood('libs/x/src/a.ts', "// All of it.\nexport * from './b.ts';\nexport { c } from './c.ts';\n")).toBe(false);
  expect(isGood('libs/x/src/a.ts', "export * from './b.ts';\nexport const c = 1;\n")).toBe(true);
});
