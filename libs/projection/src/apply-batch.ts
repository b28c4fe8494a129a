/** Applies a batch whatever is in it: a step that cannot be applied is found by halving, tried again, and at last set aside. */
import { setTimeout as pause } from 'node:timers/promises';
import { meaningOf, messageOf } from './failures.ts';
import type { Step } from './fold-batch.ts';
import { cutBatch } from './steps.ts';
import type { Applied, Batch, Store } from './store.ts';

/** Where a batch goes and who is told about it. */
export interface ApplyOptions {
  readonly store: Pick<Store, 'apply'>;
  /** Pauses between the tries of one step; as many tries as pauses come after the first. */
  readonly poisonPausesMs: readonly number[];
  /** Tells about a step before it is set aside. */
  readonly onPoison: (step: Step) => Promise<void>;
  /** Called after each commit; a batch with poison takes several. */
  readonly onApplied: (applied: Applied, batch: Batch) => Promise<void>;
}

/**
 * Applies all of a batch, in order. What `store.apply` throws comes through where waiting or stopping is called for; then a beginning of the
 * batch may have been applied, as the positions tell.
 */
export async function applyBatch(batch: Batch, options: ApplyOptions): Promise<void> {
  for (const step of batch.steps) if (step.fault) await options.onPoison(step);
  await applyPiece(batch, options);
}

type Attempt = { readonly applied: Applied } | { readonly error: unknown };

/** One try: applied, or refused for what is in it. Everything else is thrown. */
async function attempt(batch: Batch, { store }: ApplyOptions): Promise<Attempt> {
  try {
    return { applied: await store.apply(batch) };
  } catch (error) {
    if (meaningOf(error) !== 'poison' || batch.steps.length === 0) throw error;
    return { error };
  }
}

async function applyPiece(batch: Batch, options: ApplyOptions): Promise<void> {
  const outcome = await attempt(batch, options);
  if ('applied' in outcome) return options.onApplied(outcome.applied, batch);
  if (batch.steps.length === 1) return applyOne(batch, outcome.error, options);
  const [first, second] = cutBatch(batch, Math.ceil(batch.steps.length / 2));
  await applyPiece(first, options);
  await applyPiece(second, options);
}

async function applyOne(batch: Batch, firstError: unknown, options: ApplyOptions): Promise<void> {
  let error = firstError;
  for (const pauseMs of options.poisonPausesMs) {
    await pause(pauseMs);
    const outcome = await attempt(batch, options);
    if ('applied' in outcome) return options.onApplied(outcome.applied, batch);
    error = outcome.error;
  }
  const steps = batch.steps.map((step): Step => ({ ...step, fault: { error: messageOf(error) } }));
  for (const step of steps) await options.onPoison(step);
  const setAside = { ...batch, steps };
  await options.onApplied(await options.store.apply(setAside), setAside);
}
