import { expect, test } from 'vitest';
import { answerKindOf, retryAfterMs } from './answer-kind.ts';

test.each([
  [200, 'answer'],
  [201, 'answer'],
  [307, 'useless'],
  [400, 'client error'],
  [404, 'client error'],
  [413, 'client error'],
  [422, 'client error'],
  [401, 'credential'],
  [402, 'credential'],
  [403, 'credential'],
  [408, 'busy'],
  [429, 'busy'],
  [500, 'busy'],
  [503, 'busy'],
  [529, 'busy'],
] as const)('%i is %s', (status, kind) => {
  expect(answerKindOf(status)).toBe(kind);
});

test('retry-after is read in both of its forms', () => {
  expect(retryAfterMs('3', 0)).toBe(3_000);
  expect(retryAfterMs('Thu, 01 Jan 1970 00:01:00 GMT', 10_000)).toBe(50_000);
  expect(retryAfterMs('soon', 0)).toBeUndefined();
  expect(retryAfterMs(undefined, 0)).toBeUndefined();
});
