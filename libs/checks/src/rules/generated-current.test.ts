import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { placesOf } from '../places-of.ts';
import { generatedCurrent } from './generated-current.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lurus-checks-'));
  mkdirSync(join(root, 'tools'));
});
afterEach(() => rmSync(root, { recursive: true }));

const places = (generator: string): string[] => {
  writeFileSync(join(root, 'tools/generate.ts'), generator);
  return placesOf(generatedCurrent(root), {});
};

test('a generator that finds its pages current passes', () => {
  expect(places('if (!process.argv.includes("--check")) process.exit(1);')).toEqual([]);
});

test('a generator that would change a page is found', () => {
  expect(places('process.exit(1);')).toEqual(['docs/reference:1']);
});

test('a missing generator is found', () => {
  expect(placesOf(generatedCurrent(root), {})).toEqual(['tools/generate.ts:1']);
});
