import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Drains } from './drains.ts';

const answer = () => {
  const state = { cuts: 0, cut: () => void (state.cuts += 1) };
  return state;
};

test('a drain is cut after its time', async () => {
  const drains = new Drains({ drainsMax: 10, timeoutMs: 20 });
  const drained = answer();
  drains.start(drained, drained.cut);
  await sleep(60);
  expect([drained.cuts, drains.running]).toEqual([1, 0]);
});

test('a drain that came to its end is not cut', async () => {
  const drains = new Drains({ drainsMax: 10, timeoutMs: 20 });
  const drained = answer();
  drains.start(drained, drained.cut);
  drains.finish(drained);
  await sleep(60);
  expect([drained.cuts, drains.running]).toEqual([0, 0]);
});

test('past the limit the oldest is cut', () => {
  const drains = new Drains({ drainsMax: 1, timeoutMs: 60_000 });
  const [first, second] = [answer(), answer()];
  drains.start(first, first.cut);
  drains.start(second, second.cut);
  expect([first.cuts, second.cuts]).toEqual([1, 0]);
  drains.finish(second);
});

test('a limit of none cuts at once', () => {
  const drains = new Drains({ drainsMax: 0, timeoutMs: 60_000 });
  const drained = answer();
  drains.start(drained, drained.cut);
  expect(drained.cuts).toBe(1);
});
