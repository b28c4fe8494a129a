import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { isTest, readRepository } from './repository.ts';

test('the repository lists its own files and nothing that git ignores', () => {
  const paths = readRepository(join(dirname(fileURLToPath(import.meta.url)), '../../..')).files.map((file) => file.path);
  expect(paths).toContain('libs/checks/src/repository.ts');
  expect(paths.filter((path) => path.includes('node_modules/'))).toEqual([]);
});

test('tests, suites and fixtures are told by their suffix', () => {
  expect(['a.test.ts', 'a.nats.test.ts', 'journal-suite.ts', 'a.fixture.ts', 'a.ts'].map(isTest)).toEqual([true, true, true, true, false]);
});
