import { expect, test } from 'vitest';
import { placesOf } from '../places-of.ts';
import { importArrows } from './import-arrows.ts';

const places = (texts: Record<string, string>): string[] => placesOf(importArrows, texts);

test('a lib may import what lies below it', () => {
  expect(places({ 'libs/journal/src/a.ts': "import { a } from '@lurus/events/event';\nimport { b } from './b.ts';" })).toEqual([]);
});

test('a lib may not import what lies above or beside it', () => {
  expect(places({ 'libs/base/src/a.ts': "\nimport { a } from '@lurus/events/event';" })).toEqual(['libs/base/src/a.ts:2']);
  expect(places({ 'libs/pricing/src/a.ts': "import type { A } from '@lurus/events/event';" })).toEqual(['libs/pricing/src/a.ts:1']);
});

test('an app may import libs, streams and projections but no other app', () => {
  expect(places({ 'apps/log/src/a.ts': "import { a } from '@lurus/projection/a';\nimport { b } from '@lurus/streams/all';" })).toEqual([]);
  expect(places({ 'apps/log/src/a.ts': "import { a } from '@lurus/billing/a';" })).toEqual(['apps/log/src/a.ts:1']);
});

test('a relative path may not leave its package', () => {
  expect(places({ 'apps/log/src/a.ts': "import { a } from '../../../libs/base/src/a.ts';" })).toEqual(['apps/log/src/a.ts:1']);
});

test('only tests and tools import the testkit, and tests still import no app', () => {
  const text = "import { a } from '@lurus/testkit/system';";
  expect(places({ 'libs/pricing/src/a.test.ts': text, 'tools/start.ts': text })).toEqual([]);
  expect(places({ 'apps/log/src/a.ts': text })).toEqual(['apps/log/src/a.ts:1']);
  expect(places({ 'apps/log/src/a.test.ts': "import { a } from '@lurus/gateway/a';" })).toEqual(['apps/log/src/a.test.ts:1']);
});
