import { expect, test } from 'vitest';
import { placesOf } from '../places-of.ts';
import { dependenciesListed } from './dependencies-listed.ts';

const manifests = {
  'package.json': '{"name":"root","devDependencies":{"vitest":"1"}}',
  'libs/x/package.json': '{"name":"@lurus/x","dependencies":{"zod":"1"}}',
  'libs/y/package.json': '{"name":"@lurus/y"}',
};
const places = (texts: Record<string, string>): string[] => placesOf(dependenciesListed, { ...manifests, ...texts });

test('a listed package, the package itself and node may be imported', () => {
  const text = "import { z } from 'zod';\nimport { a } from '@lurus/x/a';\nimport fs from 'node:fs';";
  expect(places({ 'libs/x/src/a.ts': text })).toEqual([]);
});

test('a package that is only listed elsewhere may not', () => {
  expect(places({ 'libs/y/src/a.ts': "import { z } from 'zod';" })).toEqual(['libs/y/src/a.ts:1']);
  expect(places({ 'libs/x/src/a.ts': "import { test } from 'vitest';" })).toEqual(['libs/x/src/a.ts:1']);
});

test('tests and tools may import what any package of the repository lists, and nothing that none does', () => {
  const text = "import { test } from 'vitest';\nimport { y } from '@lurus/y/y';";
  expect(places({ 'libs/x/src/a.test.ts': text, 'tools/a.ts': text })).toEqual([]);
  expect(places({ 'libs/x/src/a.test.ts': "import pg from 'pg';" })).toEqual(['libs/x/src/a.test.ts:1']);
});
