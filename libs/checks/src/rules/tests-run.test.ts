import { expect, test } from 'vitest';
import { placesOf } from '../places-of.ts';
import { testsRun } from './tests-run.ts';

test.each(['skip', 'only', 'todo', 'skipIf', 'fails'])('a test with .%s is found', (word) => {
  expect(placesOf(testsRun, { 'libs/x/src/a.test.ts': `test.${word}('x', () => {});` })).toEqual(['libs/x/src/a.test.ts:1']);
});

test('the words in a sentence or outside of tests are fine', () => {
  expect(
    placesOf(testsRun, { 'libs/x/src/a.test.ts': "test('a .skip in a name', () => {});", 'libs/x/src/a.ts': 'reader.skip(4);' }),
  ).toEqual([]);
});
