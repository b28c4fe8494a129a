/** A store that refuses some sequences: the rest must be applied, once each and in order. */
import { expect, test } from 'vitest';
import { applyBatch } from './apply-batch.ts';
import type { Step } from './fold-batch.ts';
import { type Applied, type Batch, FenceLost } from './store.ts';

const batchOf = (count: number): Batch => ({
  steps: Array.from({ length: count }, (_, index): Step => ({ sequence: index + 1, partition: 0, eventId: `e${index + 1}` })),
  firstSequence: 1,
  lastSequence: count,
  lastId: `e${count}`,
});

const NOTHING: Applied = { applied: 0, duplicates: 0, skipped: 0, unknown: 0, parked: [], frozen: new Map(), touched: new Map() };

function createRun(refuses: (step: Step) => Error | undefined) {
  const committed: Step[] = [];
  const poison: number[] = [];
  const ends: number[] = [];
  const run = (batch: Batch, poisonPausesMs: number[] = []) =>
    applyBatch(batch, {
      poisonPausesMs,
      onPoison: async ({ sequence }) => void poison.push(sequence),
      onApplied: async (_applied, piece) => void ends.push(piece.lastSequence),
      store: {
        apply: async ({ steps }) => {
          for (const step of steps) {
            const refusal = step.fault ? undefined : refuses(step);
            if (refusal) throw refusal;
          }
          committed.push(...steps);
          return NOTHING;
        },
      },
    });
  return { run, committed, poison, ends };
}

test('a batch without poison is one commit', async () => {
  const { run, ends } = createRun(() => undefined);
  await run(batchOf(500));
  expect(ends).toEqual([500]);
});

test.each([[[1]], [[500]], [[250, 251]], [[1, 2, 3]], [[7, 99, 400]]])(
  'poison at %j is set aside, everything else applied in order',
  async (bad) => {
    const { run, committed, poison } = createRun(({ sequence }) => (bad.includes(sequence) ? new Error(`no ${sequence}`) : undefined));
    await run(batchOf(500));
    expect(committed.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));
    expect(committed.filter(({ fault }) => fault).map(({ sequence, fault }) => [sequence, fault?.error])).toEqual(
      bad.map((at) => [at, `no ${at}`]),
    );
    expect(poison).toEqual(bad);
  },
);

test('a fault that passes is tried again and set nothing aside', async () => {
  let failures = 2;
  const { run, committed, poison } = createRun(() => ((failures -= 1) >= 0 ? new Error('passing') : undefined));
  await run(batchOf(1), [1, 1, 1]);
  expect(poison).toEqual([]);
  expect(committed).toHaveLength(1);
});

test('a lost fence is nobody’s poison', async () => {
  const { run, committed, poison } = createRun(() => new FenceLost('taken over'));
  await expect(run(batchOf(10))).rejects.toThrow('taken over');
  expect([committed, poison]).toEqual([[], []]);
});
