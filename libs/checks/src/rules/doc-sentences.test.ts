import { expect, test } from 'vitest';
import { placesOf } from '../places-of.ts';
import { docSentences } from './doc-sentences.ts';

const places = (text: string): string[] => placesOf(docSentences, { 'libs/x/src/a.ts': text });

test('an export with a doc sentence above it passes', () => {
  expect(places('/** Adds. */\nexport const add = 1;\n\n/** One. */\nexport interface One {\n  a: 1;\n}\n')).toEqual([]);
});

test('an export without one is found', () => {
  expect(places('/** Adds. */\nexport const add = 1;\n\nexport async function load(): Promise<void> {}\n')).toEqual(['libs/x/src/a.ts:4']);
});

test('the export that a file is named after is covered by the sentence that opens it', () => {
  const text = '/** What a rate card is. */\nexport interface RateCard {\n  a: 1;\n}\n\nexport interface Other {\n  b: 1;\n}\n';
  expect(placesOf(docSentences, { 'libs/x/src/rate-card.ts': text })).toEqual(['libs/x/src/rate-card.ts:6']);
});

test('a single export is covered by the sentence that opens its file', () => {
  expect(places("/** What this is. */\nimport { b } from './b.ts';\n\nexport const a = b;\n")).toEqual([]);
});

test('a declaration that says it in its own field, and the inferred type of a schema, need no second sentence', () => {
  const text = [
    '/** A. */\nexport const ASchema = z.string();',
    'export type A = z.infer<typeof ASchema>;',
    "export const placed = defineEvent({\n  says: 'Money was reserved.',\n});",
    'export const billingCatalogue = [placed] as const;',
  ].join('\n');
  expect(places(text)).toEqual([]);
});

test('apps and tests explain themselves to nobody outside', () => {
  expect(placesOf(docSentences, { 'apps/x/src/a.ts': 'export const a = 1;', 'libs/x/src/a.test.ts': 'export const a = 1;' })).toEqual([]);
});
