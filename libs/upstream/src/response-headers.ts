/** Which of a provider's headers a client gets to see. */

/**
 * Passed on; everything else stays here. Left out on purpose: `anthropic-ratelimit-*` and `x-ratelimit-*` (they tell of an account that many
 * share), `openai-model` (Codex warns its user when it differs from the model asked for), `set-cookie`, `server` and other ids of machines.
 */
const PASSED = new Set([
  'content-type',
  'content-language',
  'request-id',
  'x-request-id',
  'retry-after',
  'retry-after-ms',
  'x-should-retry',
  'x-codex-turn-state',
  'anthropic-version',
  'openai-processing-ms',
  'openai-version',
]);

/** Headers as undici hands them over, in lower case. */
export type ReceivedHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** The headers that go on to the client. */
export function responseHeaders(received: ReceivedHeaders): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const name in received) {
    const value = received[name];
    if (value !== undefined && PASSED.has(name)) passed[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return passed;
}
