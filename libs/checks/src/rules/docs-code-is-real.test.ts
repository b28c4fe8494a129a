import { expect, test } from 'vitest';
import { placesOf } from '../places-of.ts';
import { docsCodeIsReal } from './docs-code-is-real.ts';

const source = 'export const a = {\n  name: "a",\n  version: 1,\n  says: "A.",\n};\n';
const page = (block: string, path = 'projections/a/projection.ts'): Record<string, string> => ({
  'projections/a/projection.ts': source,
  'docs/a.md': `Look:\n\n<!-- code: ${path} -->\n\`\`\`ts\n${block}\n\`\`\`\n`,
});

test('a part of the file passes, with lines left out and with less indentation', () => {
  expect(placesOf(docsCodeIsReal, page('export const a = {\n  // …\n  says: "A.",\n};'))).toEqual([]);
  expect(placesOf(docsCodeIsReal, page('version: 1,\nsays: "A.",'))).toEqual([]);
});

test('code that the file no longer has is found', () => {
  expect(placesOf(docsCodeIsReal, page('export const a = {\n  version: 1,\n};'))).toEqual(['docs/a.md:3']);
});

test('a file that does not exist is found', () => {
  expect(placesOf(docsCodeIsReal, page('a', 'projections/b.ts'))).toEqual(['docs/a.md:3']);
});

test('blocks that name no file are left alone', () => {
  expect(placesOf(docsCodeIsReal, { 'docs/a.md': '```ts\nanything\n```\n' })).toEqual([]);
});
