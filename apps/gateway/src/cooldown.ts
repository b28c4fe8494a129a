/**
 * Providers that failed just now, in this process. They go to the end of the list for a short while, so that not every request has to find
 * out by itself; they are never left out, so that a lone provider is still tried.
 */

/** The first pause; it doubles with every failure in a row. */
const FIRST_MS = 1_000;

/** The longest pause: a provider that recovers is used again within half a minute. */
const LONGEST_MS = 30_000;

/** A provider that names its own wait is believed up to here. */
const ANNOUNCED_MS_MAX = 60_000;

/** Providers remembered; past it the memory starts afresh, which only costs one more try each. */
const PROVIDERS_MAX = 10_000;

export interface Cooldowns {
  /** Notes a failure. `retryAfterMs` is the provider's own announcement. */
  readonly fail: (providerId: string, retryAfterMs: number | undefined) => void;
  /** Notes that the provider answered. */
  readonly succeed: (providerId: string) => void;
  readonly isCooling: (providerId: string) => boolean;
  /** Forgets every failure. */
  readonly reset: () => void;
}

/** Cooldowns on a monotonic clock in milliseconds. */
export function createCooldowns(nowMs: () => number): Cooldowns {
  const failing = new Map<string, { failures: number; untilMs: number }>();
  return {
    fail: (providerId, retryAfterMs) => {
      if (failing.size >= PROVIDERS_MAX) failing.clear();
      const failures = (failing.get(providerId)?.failures ?? 0) + 1;
      const ownMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 10));
      const pauseMs = Math.max(ownMs, Math.min(retryAfterMs ?? 0, ANNOUNCED_MS_MAX));
      failing.set(providerId, { failures, untilMs: nowMs() + pauseMs });
    },
    succeed: (providerId) => void failing.delete(providerId),
    reset: () => failing.clear(),
    isCooling: (providerId) => {
      const state = failing.get(providerId);
      return state !== undefined && nowMs() < state.untilMs;
    },
  };
}
