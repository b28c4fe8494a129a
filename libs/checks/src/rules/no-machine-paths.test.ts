import { expect, test } from 'vitest';
import { placesOf } from '../places-of.ts';
import { noMachinePaths } from './no-machine-paths.ts';

// Put together, so that this file passes the rule itself.
const path = (...parts: string[]): string => ['', ...parts].join('/');

test.each([path('work', 'main'), path('root', '.cache'), path('home', 'ada', 'x'), path('Users', 'ada')])('%s is found', (found) => {
  expect(placesOf(noMachinePaths, { 'docs/a.md': `see ${found}` })).toEqual(['docs/a.md:1']);
});

test('paths of URLs, of the repository and of the user are fine', () => {
  expect(placesOf(noMachinePaths, { 'docs/a.md': 'http://x/work/1 ~/.cache ./work/x apps/work/x docs/root/x' })).toEqual([]);
});

test('the address of a registry is found in a lock file and in .npmrc', () => {
  const texts = {
    'package-lock.json': `{"resolved": "${['https', '//r.example/a.tgz'].join(':')}"}`,
    '.npmrc': ['registry', 'https://r.example'].join('='),
  };
  expect(placesOf(noMachinePaths, texts)).toEqual(['package-lock.json:1', '.npmrc:1']);
});
