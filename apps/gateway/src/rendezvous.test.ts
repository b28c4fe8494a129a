import { expect, test } from 'vitest';
import { rendezvousScore } from './rendezvous.ts';

const members = [
  { member: 'a', weight: 1 },
  { member: 'b', weight: 1 },
  { member: 'c', weight: 2 },
];

const winner = (key: string, among = members): string =>
  among.map((m) => ({ ...m, score: rendezvousScore({ key, ...m }) })).sort((x, y) => y.score - x.score)[0]?.member ?? '';

test('one key always gets the same member', () => {
  expect(new Set(Array.from({ length: 50 }, () => winner('session-1'))).size).toBe(1);
});

test('keys spread by weight', () => {
  const counts: Record<string, number> = { a: 0, b: 0, c: 0 };
  for (let key = 0; key < 4_000; key += 1) counts[winner(`session-${key}`)] = (counts[winner(`session-${key}`)] ?? 0) + 1;
  expect(counts['a']).toBeGreaterThan(850);
  expect(counts['a']).toBeLessThan(1_150);
  expect(counts['c']).toBeGreaterThan(1_850);
  expect(counts['c']).toBeLessThan(2_150);
});

test('a member that goes takes only its own keys along', () => {
  const rest = members.filter(({ member }) => member !== 'a');
  for (let key = 0; key < 500; key += 1) {
    const before = winner(`session-${key}`);
    if (before !== 'a') expect(winner(`session-${key}`, rest)).toBe(before);
  }
});
