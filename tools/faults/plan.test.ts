import { expect, test } from 'vitest';
import { makePlan, VICTIMS } from './plan.ts';

test('a seed gives the same plan every time, another seed another one', () => {
  const plan = makePlan({ seed: 7, durationMs: 60_000 });
  expect(makePlan({ seed: 7, durationMs: 60_000 })).toEqual(plan);
  expect(makePlan({ seed: 8, durationMs: 60_000 })).not.toEqual(plan);
});

test('a longer run begins like a shorter one, but for the pairs that no longer fit into that', () => {
  const within = (durationMs: number): string[] =>
    makePlan({ seed: 7, durationMs }).flatMap(({ atMs, victim, kind }) => (atMs < 50_000 ? [`${atMs} ${victim} ${kind}`] : []));
  expect(within(120_000)).toEqual(within(60_000));
});

test('a gateway is killed while NATS is paused', () => {
  const plan = makePlan({ seed: 7, durationMs: 600_000 });
  const pauses = plan.flatMap((blow) => (blow.victim === 'nats' && blow.kind === 'pause' ? [blow] : []));
  const isDuring = (atMs: number): boolean => pauses.some((pause) => atMs > pause.atMs && atMs < pause.atMs + pause.forMs);
  expect(plan.filter(({ victim, kind, atMs }) => victim.startsWith('gateway') && kind === 'kill' && isDuring(atMs)).length).toBeGreaterThan(
    5,
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
