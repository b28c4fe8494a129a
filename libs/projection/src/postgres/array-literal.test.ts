import { instantOf } from '@lurus/base/clock';
import { expect, test } from 'vitest';
import { arrayLiteral } from './array-literal.ts';

test.each([
  ['numeric', [1n, -2n, null, 10n ** 37n], '{1,-2,NULL,10000000000000000000000000000000000000}'],
  ['bigint', [1, null], '{1,NULL}'],
  ['boolean', [true, false], '{true,false}'],
  ['timestamptz', [instantOf(0), null], '{1970-01-01T00:00:00.000Z,NULL}'],
  ['text', ['', 'NULL', 'a,b', 'a"b', 'a\\b', null], '{"","NULL","a,b","a\\"b","a\\\\b",NULL}'],
  ['jsonb', ['{"a":"b"}'], '{"{\\"a\\":\\"b\\"}"}'],
  ['text[]', [[], ['a,b', '"']], '{"{}","{\\"a,b\\",\\"\\\\\\"\\"}"}'],
  ['integer', [], '{}'],
] as const)('a column of %s is written as Postgres reads it', (type, values, literal) => {
  expect(arrayLiteral(type, values)).toBe(literal);
});
