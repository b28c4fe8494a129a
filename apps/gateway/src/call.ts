/**
 * Calls providers in the order of the plan until one has begun to answer. Each is tried once: clients retry as well, and their retries
 * multiply with ours.
 */
import { responseHeaders } from '@lurus/upstream/response-headers';
import { attemptRoute, type Tried } from './attempt.ts';
import type { Gateway } from './gateway.ts';
import type { Job } from './job.ts';
import type { MeteredAnswer } from './metered-answer.ts';

/** A provider's error, to be passed on as it is. */
export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** What the attempts came to. */
export type Opening =
  | { readonly kind: 'answer'; readonly answer: MeteredAnswer }
  | { readonly kind: 'refusal'; readonly refusal: Refusal }
  /** Nobody answered; `last` is how the last attempt failed. */
  | { readonly kind: 'nothing'; readonly last: Extract<Tried, { readonly kind: 'failed' }> }
  /** We stopped: the client left, the hold was not recorded, or the gateway ends. */
  | { readonly kind: 'stopped' };

/** Tries the plan's routes one after the other. */
export async function call(job: Job, gateway: Gateway): Promise<Opening> {
  let kept: Opening | undefined;
  let last: Tried | undefined;
  for (const route of job.plan.routes) {
    const tried = await attemptRoute(job, route, gateway);
    if (tried.kind === 'answered' || tried.kind === 'client error') return opening(tried);
    if (job.stopCause !== undefined || job.exchange.isGone) return { kind: 'stopped' };
    // What a provider really said is worth more to a client than our own words about a later one that said nothing.
    if (tried.passable) kept = opening(tried.passable);
    last = tried;
  }
  if (kept) return kept;
  if (last?.kind !== 'failed') throw new Error('assertion failed: a plan has at least one route');
  return { kind: 'nothing', last };
}

function opening(tried: Extract<Tried, { readonly kind: 'answered' | 'client error' }>): Opening {
  if (tried.kind === 'answered') return { kind: 'answer', answer: tried.answer };
  const { status, headers } = tried.head;
  return { kind: 'refusal', refusal: { status, headers: responseHeaders(headers), body: tried.body } };
}
