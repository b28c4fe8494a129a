import { expect, test } from 'vitest';
import { makePlan, VICTIMS } from './plan.ts';

test('a seed gives the same plan every time, another seed another one', () => {
  const plan = makePlan({ seed: 7, durationMs: 60_000 });
  expect(makePlan({ seed: 7, durationMs: 60_000 })).toEqual(plan);
  expect(makePlan({ seed: 8, durationMs: 60_000 })).not.toEqual(plan);
});

test('a longer run begins like a shorter one', () => {
  const short = makePlan({ seed: 7, durationMs: 60_000 });
  const long = makePlan({ seed: 7, durationMs: 120_000 });
  expect(long.map(({ atMs, victim, kind }) => ({ atMs, victim, kind })).slice(0, short.length)).toEqual(
    short.map(({ atMs, victim, kind }) => ({ atMs, victim, kind })),
  );
});

test('every process is killed and paused in an hour, and all pauses are over by the end', () => {
  const durationMs = 3_600_000;
  const plan = makePlan({ seed: 1, durationMs });
  for (const victim of VICTIMS) {
    expect(new Set(plan.filter((blow) => blow.victim === victim).map(({ kind }) => kind))).toEqual(new Set(['kill', 'pause']));
  }
  for (const blow of plan) expect(blow.atMs + (blow.kind === 'pause' ? blow.forMs : 0)).toBeLessThanOrEqual(durationMs);
});
