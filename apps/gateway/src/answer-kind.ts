/** What a provider's status means for the relay. */

/**
 * `answer`: read it. `client error`: the request is at fault, its error goes to the client as it is, no other provider is asked.
 * `busy`: try another; if there is none, the client gets this very answer. `credential`: our own credential is refused, which is nothing
 * the client may take for its own. `useless`: nothing that a client could use.
 */
export type AnswerKind = 'answer' | 'client error' | 'busy' | 'credential' | 'useless';

const CREDENTIAL_STATUSES = new Set([401, 402, 403]);
const BUSY_STATUSES = new Set([408, 429]);

/** The kind of an answer by its status. */
export function answerKindOf(status: number): AnswerKind {
  if (status >= 200 && status < 300) return 'answer';
  if (CREDENTIAL_STATUSES.has(status)) return 'credential';
  if (BUSY_STATUSES.has(status) || status >= 500) return 'busy';
  return status >= 400 ? 'client error' : 'useless'; // Redirects are not followed: they would take the credential elsewhere.
}

/** Milliseconds of a retry-after header in seconds or as a date, undefined where it says nothing. */
export function retryAfterMs(header: string | string[] | undefined, nowMs: number): number | undefined {
  if (typeof header !== 'string') return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1_000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
