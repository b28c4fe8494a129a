import { expect, test } from 'vitest';
import { book, type Pace, waitUs } from './gcra.ts';

const second = 1_000_000;

test('a minute of requests comes at once, the next one waits for its turn', () => {
  const pace: Pace = { perMinute: 3, theoreticalUs: 0 };
  const nowUs = 5 * second;
  for (let sent = 0; sent < 3; sent += 1) {
    expect(waitUs(pace, { units: 1, nowUs })).toBe(0);
    book(pace, { units: 1, nowUs });
  }
  expect(waitUs(pace, { units: 1, nowUs })).toBe(20 * second);
  expect(waitUs(pace, { units: 1, nowUs: nowUs + 20 * second })).toBe(0);
});

test('nothing accumulates beyond one minute', () => {
  const pace: Pace = { perMinute: 60, theoreticalUs: 0 };
  const nowUs = 10_000 * second;
  book(pace, { units: 60, nowUs });
  expect(waitUs(pace, { units: 1, nowUs })).toBe(second);
});

test('an estimate that was too high is given back', () => {
  const pace: Pace = { perMinute: 1_000, theoreticalUs: 0 };
  book(pace, { units: 1_000, nowUs: 0 });
  book(pace, { units: -900, nowUs: 0 });
  expect(waitUs(pace, { units: 900, nowUs: 0 })).toBe(0);
  expect(waitUs(pace, { units: 901, nowUs: 0 })).toBeGreaterThan(0);
});

test('an estimate that was too low becomes a debt', () => {
  const pace: Pace = { perMinute: 1_000, theoreticalUs: 0 };
  book(pace, { units: 100, nowUs: 0 });
  book(pace, { units: 2_900, nowUs: 0 });
  expect(waitUs(pace, { units: 1, nowUs: 0 })).toBe(120 * second + 60_000);
});

test('a request larger than a whole minute passes when nothing else is booked, and its debt holds the next one', () => {
  const pace: Pace = { perMinute: 1_000, theoreticalUs: 0 };
  expect(waitUs(pace, { units: 5_000, nowUs: 0 })).toBe(0);
  book(pace, { units: 5_000, nowUs: 0 });
  expect(waitUs(pace, { units: 1, nowUs: 0 })).toBeGreaterThan(200 * second);
});

test('times are whole microseconds whatever the limit', () => {
  const pace: Pace = { perMinute: 7, theoreticalUs: 0 };
  book(pace, { units: 3, nowUs: 1 });
  expect(Number.isInteger(pace.theoreticalUs)).toBe(true);
});
