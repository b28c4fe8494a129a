import { expect, test } from 'vitest';
import { placesOf } from '../places-of.ts';
import { settingsDeclared } from './settings-declared.ts';

// Put together, so that this file names no setting that does not exist.
const unknown = ['LURUS', 'HOEM'].join('_');

test('a setting read in a main file or a tool passes', () => {
  const text = 'const home = process.env.LURUS_HOME;';
  expect(placesOf(settingsDeclared, { 'apps/log/src/main.ts': text, 'tools/start.ts': text })).toEqual([]);
});

test('a setting read elsewhere is found', () => {
  const texts = { 'libs/x/src/a.ts': "\nconst home = process.env['LURUS_HOME'];" };
  expect(placesOf(settingsDeclared, texts)).toEqual(['libs/x/src/a.ts:2']);
});

test('a name that is not declared is found, in code and in docs', () => {
  expect(placesOf(settingsDeclared, { 'apps/log/src/main.ts': `read('${unknown}')`, 'docs/a.md': `set ${unknown}=1` })).toEqual([
    'apps/log/src/main.ts:1',
    'docs/a.md:1',
  ]);
});
