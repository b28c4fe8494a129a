import { expect, test } from 'vitest';
import { placesOf } from '../places-of.ts';
import { castsExplained } from './casts-explained.ts';

const places = (text: string): string[] => placesOf(castsExplained, { 'libs/x/src/a.ts': text });

test('a cast with its reason on its line or above it passes', () => {
  expect(places('const a = b as A; // Checked above.\n')).toEqual([]);
  expect(places('// The keys of an object are its names.\nconst a = Object.keys(b) as A[];\n')).toEqual([]);
});

test('a cast without one is found', () => {
  expect(places('const c = 1;\n\nconst a = b as A;\nconst d = e as unknown as [F];\n')).toEqual([
    'libs/x/src/a.ts:3',
    'libs/x/src/a.ts:4',
    'libs/x/src/a.ts:4',
  ]);
});

test('constants, renamed imports and exports, mapped keys and words in strings are no casts', () => {
  const text = [
    "import { a as b, type C as D } from './x.ts';",
    "import * as all from './y.ts';",
    'export { b as e };',
    'const f = [1] as const;',
    "const g = 'select a as b';",
    'type H = { [Name in keyof D as Uppercase<Name>]: D[Name] };',
  ].join('\n');
  expect(places(text)).toEqual([]);
});

test('tests may cast what they look at', () => {
  expect(placesOf(castsExplained, { 'libs/x/src/a.test.ts': 'const a = b as A;' })).toEqual([]);
});
