import { expect, test } from 'vitest';
import { placesOf } from '../places-of.ts';
import { docsLinksResolve } from './docs-links-resolve.ts';

const others = { 'docs/guides/a.md': '', 'libs/base/src/ids.ts': '' };

test('links to files, folders, headings and other sites pass', () => {
  const text = '[a](docs/guides/a.md) [b](docs/guides) [c](docs/guides/a.md#part) [d](#here) [e](https://x.example/y)';
  expect(placesOf(docsLinksResolve, { ...others, 'README.md': text })).toEqual([]);
  expect(placesOf(docsLinksResolve, { ...others, 'docs/b.md': '[a](guides/a.md) [b](../libs/base/src/ids.ts)' })).toEqual([]);
});

test('a link to a file that does not exist is found', () => {
  expect(placesOf(docsLinksResolve, { ...others, 'docs/b.md': 'x\n[a](guides/z.md)' })).toEqual(['docs/b.md:2']);
});
