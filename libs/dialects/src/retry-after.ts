/** How long a client is told to wait where the failure itself does not say. */
import type { ProblemDetails, ProblemKind } from '@lurus/base/problem';

/**
 * Seconds. Long enough that a client which retries at once (Codex sends 30 requests in 25 s) becomes harmless; short enough that a turn does
 * not die of a hiccup; far below the 60 s past which Claude Code gives up.
 */
const RETRY_AFTER_SECONDS = 5;

/** Failures that stay whatever is waited for, so that no declaration can start a storm. */
const FINAL: ReadonlySet<ProblemKind> = new Set(['no-credit', 'authentication', 'permission', 'invalid-request', 'too-large']);

/** Whole seconds until a retry can succeed; undefined where it cannot. */
export function retryAfterSeconds(details: ProblemDetails): number | undefined {
  if (!details.isRetryable || FINAL.has(details.kind)) return undefined;
  return Math.max(1, Math.ceil(details.retryAfterSeconds ?? RETRY_AFTER_SECONDS));
}

/**
 * Headers that all clients of a kind understand: `retry-after`, and `x-should-retry`, which Claude Code and the SDKs of Anthropic and OpenAI
 * obey. `lurus-error` carries our own stable code, since each dialect's body has room for its own words only.
 */
export function errorHeaders(details: ProblemDetails): Record<string, string> {
  const seconds = retryAfterSeconds(details);
  return {
    'content-type': 'application/json; charset=utf-8',
    'lurus-error': details.code,
    ...(seconds === undefined ? { 'x-should-retry': 'false' } : { 'retry-after': String(seconds) }),
  };
}
