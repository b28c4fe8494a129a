import { readFileSync } from 'node:fs';
import { allStreams } from '@lurus/streams/all';
import type { JsonSchema } from '@lurus/base/json-schema';
import { settings } from '@lurus/base/settings';
import { describe, expect, test } from 'vitest';
import { describeSchema } from './describe-schema.ts';
import { generatedPages } from './pages.ts';

const textOf = (name: string): string => generatedPages().find(({ path }) => path.endsWith(`${name}.md`))?.text ?? '';

test.each(generatedPages().map(({ path, text }) => [path, text] as const))(
  '%s is committed as the code makes it ("npm run generate" writes it)',
  (path, text) => {
    expect(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')).toBe(text);
  },
);

test('every event, stream and setting has its place', () => {
  for (const stream of allStreams) {
    expect(textOf('streams')).toContain(`### ${stream.name}\n`);
    for (const { name } of stream.carries) expect(textOf('events')).toContain(`### ${name}\n`);
  }
  for (const name of Object.keys(settings)) expect(textOf('settings')).toContain(`| \`${name}\` |`);
});

describe('a form in words', () => {
  const forms: readonly (readonly [JsonSchema, string])[] = [
    [{ type: 'string', maxLength: 200 }, 'text, at most 200 characters'],
    [{ anyOf: [{ type: 'string', format: 'date-time' }, { type: 'null' }] }, 'time (RFC 3339) or `null`'],
    [{ anyOf: [{}, { type: 'string', pattern: '^-?\\d{1,38}$' }] }, 'integer as decimal digits'],
    [{ type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER }, 'whole number, 0 or more'],
    [{ type: 'integer', minimum: 1, maximum: 5 }, 'whole number, 1 to 5'],
    [{ type: 'array', maxItems: 4, items: { type: 'boolean' } }, 'list of `true` or `false`, at most 4'],
    [{ type: 'object', properties: { isFree: { type: 'boolean' } } }, '{ is_free: `true` or `false` }'],
    [{ type: 'string', enum: ['a', 'b'] }, 'one of `a`, `b`'],
  ];
  test.each(forms)('%j', (schema, words) => {
    expect(describeSchema(schema)).toBe(words);
  });
});
