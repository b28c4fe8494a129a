import { expect, test } from 'vitest';
import { placesOf } from '../places-of.ts';
import { workLeftNamesIssue } from './work-left-names-issue.ts';

const MARK = ['TO', 'DO'].join('');

test('a mark without an issue is found, in code and in SQL', () => {
  const texts = { 'libs/x/src/a.ts': `const a = 1; // ${MARK}: later`, 'projections/x/schema.sql': `-- ${MARK} an index` };
  expect(placesOf(workLeftNamesIssue, texts)).toEqual(['libs/x/src/a.ts:1', 'projections/x/schema.sql:1']);
});

test('a mark with an issue passes, and so does the word in a string', () => {
  expect(placesOf(workLeftNamesIssue, { 'libs/x/src/a.ts': `// ${MARK}(#12): later\nconst a = '${MARK}';` })).toEqual([]);
});
