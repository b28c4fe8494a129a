import { expect, test } from 'vitest';
import { placesOf } from '../places-of.ts';
import { fileLength } from './file-length.ts';

const lines = (count: number): string => 'a;\n'.repeat(count);

test('a file of 400 lines passes and one of 401 does not', () => {
  expect(placesOf(fileLength, { 'libs/x/src/a.ts': lines(400) })).toEqual([]);
  expect(placesOf(fileLength, { 'libs/x/src/a.ts': lines(401) })).toEqual(['libs/x/src/a.ts:401']);
});

test('wire schemas and generated files may be as long as what they describe', () => {
  expect(
    placesOf(fileLength, { 'libs/x/src/messages.wire.ts': lines(900), 'libs/x/src/generated/a.ts': lines(900), 'docs/a.md': lines(900) }),
  ).toEqual([]);
});
