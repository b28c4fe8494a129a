import { expect, test } from 'vitest';
import { createIdSource, derivedUlid, EventIdSchema, TenantIdSchema } from './ids.ts';

const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

test('fresh ids are well-formed, distinct, and sort by time', () => {
  let nowMs = 1_700_000_000_000;
  const ids = createIdSource({ nowMs: () => nowMs });
  const first = ids.ulid();
  const many = new Set(Array.from({ length: 5_000 }, () => ids.ulid()));
  nowMs += 1;
  const later = ids.ulid();
  expect(many.size).toBe(5_000);
  expect([...many].every((id) => ULID.test(id))).toBe(true);
  expect(first < later).toBe(true);
});

test('the time part follows the specification', () => {
  // The example of the ULID specification's README: 1469918176385 encodes as 01ARYZ6S41.
  expect(derivedUlid('x', 1_469_918_176_385).slice(0, 10)).toBe('01ARYZ6S41');
});

test('a derived id depends on its cause and its time alone', () => {
  expect(derivedUlid('hold A expired', 5)).toBe(derivedUlid('hold A expired', 5));
  expect(derivedUlid('hold A expired', 5)).not.toBe(derivedUlid('hold B expired', 5));
  expect(derivedUlid('hold A expired', 5)).toMatch(ULID);
});

test('an id of another alphabet or length is refused', () => {
  expect(EventIdSchema.safeParse('01ARZ3NDEKTSV4RRFFQ69G5FAV').success).toBe(true);
  expect(EventIdSchema.safeParse('01ARZ3NDEKTSV4RRFFQ69G5FAU').success).toBe(false);
  expect(EventIdSchema.safeParse('01ARZ3').success).toBe(false);
});

test.each(['Main', 'a.b', 'a*', '', 'a b', '>', 'x'.repeat(33)])(
  '"%s" cannot be a tenant, since tenants are tokens of subjects',
  (text) => {
    expect(TenantIdSchema.safeParse(text).success).toBe(false);
  },
);
