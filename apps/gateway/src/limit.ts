/** Limits of one key: requests and tokens per minute, requests at once. Kept in memory by each gateway. */
import type { KeyId } from '@lurus/base/ids';
import { book, type Pace, waitUs } from './gcra.ts';
import { rateLimited } from './problems.ts';

/** Limits as the KEYS bucket has them; null is none. */
export interface KeyLimits {
  readonly keyId: KeyId;
  readonly requestsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
  readonly concurrentRequests: number | null;
}

/** One admitted request's share of its key's limits. */
export interface Share {
  /** Puts the tokens that were really used in the place of the estimate. */
  readonly correct: (usedTokens: number) => void;
  /** Gives the place among the requests at once back; later calls change nothing. */
  readonly release: () => void;
}

export interface Limiter {
  /** Books one request with its estimated tokens. Throws a rate-limited Problem, with the wait, where a limit is reached; nothing is booked then. */
  readonly admit: (limits: KeyLimits, estimatedTokens: number) => Share;
}

interface KeyState {
  requests: Pace | undefined;
  tokens: Pace | undefined;
  running: number;
}

/** Keys whose state is kept; past it those that owe nothing are forgotten. A key has 100 bytes of state. */
const KEYS_MAX = 50_000;

/** When a place among the requests at once gets free is unknown: most requests end within seconds. */
const CONCURRENCY_RETRY_SECONDS = 2;

const NO_SHARE: Share = { correct: () => undefined, release: () => undefined };

/** A limiter on a monotonic clock in whole microseconds. */
export function createLimiter(nowUs: () => number): Limiter {
  const states = new Map<string, KeyState>();
  return {
    admit: (limits, estimatedTokens) => {
      const { requestsPerMinute, tokensPerMinute, concurrentRequests, keyId } = limits;
      if (requestsPerMinute === null && tokensPerMinute === null && concurrentRequests === null) return NO_SHARE;
      const now = nowUs();
      if (states.size >= KEYS_MAX) forgetIdle(states, now);
      const state = stateOf(states, keyId);
      state.requests = paceOf(state.requests, requestsPerMinute);
      state.tokens = paceOf(state.tokens, tokensPerMinute);
      check({ state, concurrentRequests, estimatedTokens, now });
      if (state.requests) book(state.requests, { units: 1, nowUs: now });
      if (state.tokens) book(state.tokens, { units: estimatedTokens, nowUs: now });
      state.running += 1;
      return shareOf({ state, estimatedTokens, nowUs });
    },
  };
}

function stateOf(states: Map<string, KeyState>, keyId: string): KeyState {
  let state = states.get(keyId);
  if (!state) {
    state = { requests: undefined, tokens: undefined, running: 0 };
    states.set(keyId, state);
  }
  return state;
}

/** The pace under the limit in force now; a changed limit keeps what is booked. */
function paceOf(pace: Pace | undefined, perMinute: number | null): Pace | undefined {
  if (perMinute === null) return undefined;
  if (pace?.perMinute === perMinute) return pace;
  return { perMinute, theoreticalUs: pace?.theoreticalUs ?? 0 };
}

interface CheckInput {
  readonly state: KeyState;
  readonly concurrentRequests: number | null;
  readonly estimatedTokens: number;
  readonly now: number;
}

function check({ state, concurrentRequests, estimatedTokens, now }: CheckInput): void {
  if (concurrentRequests !== null && state.running >= concurrentRequests) {
    throw rateLimited({ what: 'requests at once', limit: concurrentRequests }, { retryAfterSeconds: CONCURRENCY_RETRY_SECONDS });
  }
  if (state.requests) refuseIf({ pace: state.requests, units: 1, what: 'requests per minute', now });
  if (state.tokens) refuseIf({ pace: state.tokens, units: estimatedTokens, what: 'tokens per minute', now });
}

function refuseIf(input: { readonly pace: Pace; readonly units: number; readonly what: string; readonly now: number }): void {
  const wait = waitUs(input.pace, { units: input.units, nowUs: input.now });
  if (wait === 0) return;
  throw rateLimited({ what: input.what, limit: input.pace.perMinute }, { retryAfterSeconds: Math.ceil(wait / 1_000_000) });
}

function shareOf(input: { readonly state: KeyState; readonly estimatedTokens: number; readonly nowUs: () => number }): Share {
  const { state, estimatedTokens, nowUs } = input;
  let isReleased = false;
  return {
    correct: (usedTokens) => {
      if (state.tokens) book(state.tokens, { units: usedTokens - estimatedTokens, nowUs: nowUs() });
    },
    release: () => {
      if (isReleased) return;
      isReleased = true;
      state.running -= 1;
    },
  };
}

function forgetIdle(states: Map<string, KeyState>, nowUs: number): void {
  for (const [keyId, state] of states) {
    const dueUs = Math.max(state.requests?.theoreticalUs ?? 0, state.tokens?.theoreticalUs ?? 0);
    if (state.running === 0 && dueUs <= nowUs) states.delete(keyId);
  }
}
