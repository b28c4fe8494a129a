import { Problem } from '@lurus/base/problem';
import { type KeyId, unchecked } from '@lurus/base/ids';
import { expect, test } from 'vitest';
import { createLimiter, type KeyLimits } from './limit.ts';

const limits = (over: Partial<KeyLimits>): KeyLimits => ({
  keyId: unchecked<KeyId>('aaaaaaaa'),
  requestsPerMinute: null,
  tokensPerMinute: null,
  concurrentRequests: null,
  ...over,
});

function refusal(action: () => unknown): Problem {
  try {
    action();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('was admitted');
}

test('requests per minute are refused with the time to wait', () => {
  const limiter = createLimiter(() => 0);
  const key = limits({ requestsPerMinute: 2 });
  limiter.admit(key, 1);
  limiter.admit(key, 1);
  const { details } = refusal(() => limiter.admit(key, 1));
  expect(details).toMatchObject({ code: 'rate_limited', status: 429, isRetryable: true, retryAfterSeconds: 30 });
  expect(details.message).toContain('2 requests per minute');
});

test('tokens per minute follow what was really used', () => {
  const limiter = createLimiter(() => 0);
  const key = limits({ tokensPerMinute: 1_000 });
  const share = limiter.admit(key, 900);
  expect(refusal(() => limiter.admit(key, 200)).details.retryAfterSeconds).toBe(6);
  share.correct(100);
  limiter.admit(key, 200);
});

test('requests at once are counted until they are released, once', () => {
  const limiter = createLimiter(() => 0);
  const key = limits({ concurrentRequests: 1 });
  const share = limiter.admit(key, 1);
  expect(refusal(() => limiter.admit(key, 1)).details.message).toContain('1 requests at once');
  share.release();
  share.release();
  limiter.admit(key, 1);
  refusal(() => limiter.admit(key, 1));
});

test('a refused request books nothing', () => {
  const limiter = createLimiter(() => 0);
  const key = limits({ requestsPerMinute: 2, tokensPerMinute: 100 });
  limiter.admit(key, 90);
  refusal(() => limiter.admit(key, 50));
  limiter.admit(key, 10);
});

test('a limit that is changed holds at once and keeps what is booked', () => {
  const limiter = createLimiter(() => 0);
  limiter.admit(limits({ requestsPerMinute: 1 }), 1);
  refusal(() => limiter.admit(limits({ requestsPerMinute: 1 }), 1));
  limiter.admit(limits({ requestsPerMinute: null, concurrentRequests: 5 }), 1);
});

test('keys do not share limits', () => {
  const limiter = createLimiter(() => 0);
  limiter.admit(limits({ requestsPerMinute: 1 }), 1);
  limiter.admit(limits({ requestsPerMinute: 1, keyId: unchecked<KeyId>('bbbbbbbb') }), 1);
});
