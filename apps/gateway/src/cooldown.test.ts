import { expect, test } from 'vitest';
import { createCooldowns } from './cooldown.ts';

function cooldowns() {
  let nowMs = 0;
  const made = createCooldowns(() => nowMs);
  const lasts = (): number => {
    const start = nowMs;
    while (made.isCooling('p')) nowMs += 100;
    return nowMs - start;
  };
  return { made, lasts };
}

test('the pause doubles with each failure in a row, up to half a minute', () => {
  const { made, lasts } = cooldowns();
  const pauses = Array.from({ length: 8 }, () => {
    made.fail('p', undefined);
    return lasts();
  });
  expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
});

test('an answer ends the row', () => {
  const { made, lasts } = cooldowns();
  made.fail('p', undefined);
  made.fail('p', undefined);
  made.succeed('p');
  expect(made.isCooling('p')).toBe(false);
  made.fail('p', undefined);
  expect(lasts()).toBe(1_000);
});

test('an announced wait is believed up to a minute', () => {
  const { made, lasts } = cooldowns();
  made.fail('p', 5_000);
  expect(lasts()).toBe(5_000);
  made.fail('p', 86_400_000);
  expect(lasts()).toBe(60_000);
});

test('a provider that never failed is not cooling', () => {
  expect(cooldowns().made.isCooling('other')).toBe(false);
});
