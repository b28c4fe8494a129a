/** Errors of the Responses interface, as Codex and OpenAI's SDK understand them. */
import type { ProblemDetails } from '@lurus/base/problem';
import { encode } from '../bytes.ts';
import type { Dialect } from '../dialect.ts';
import { type OpenAiForm, openAiError, openAiForm, renderOpenAiError } from '../openai-error.ts';
import { retryAfterSeconds } from '../retry-after.ts';

/**
 * Codex answers any 5xx with 30 requests in 25 s and knows no `x-should-retry`; a 429 with `retry-after` it waits for, six times. So a failure
 * of a provider's that a retry may mend is a 429 here.
 */
function formOf(details: ProblemDetails): OpenAiForm {
  const form = openAiForm(details);
  const isUpstreams = details.kind === 'upstream' || details.kind === 'timeout';
  return isUpstreams && details.isRetryable ? { ...form, status: 429 } : form;
}

/** See `Dialect.renderError`. */
export const renderError: Dialect['renderError'] = (details, requestId) => renderOpenAiError(details, requestId, formOf(details));

/**
 * See `Dialect.renderStreamError`. Codex acts on `response.failed` and takes the wait out of its message; OpenAI's SDK passes that on as an
 * ordinary event and raises on `error`: so both are sent, in this order.
 */
export const renderStreamError: Dialect['renderStreamError'] = (details, requestId) => {
  const { code, message } = openAiError(details);
  const seconds = retryAfterSeconds(details);
  const text = seconds === undefined ? message : `${message} Please try again in ${seconds}s.`;
  const response = {
    id: requestId,
    object: 'response',
    status: 'failed',
    error: { code, message: text },
    incomplete_details: null,
    output: [],
    usage: null,
  };
  return encode(
    frame('response.failed', { type: 'response.failed', response }) +
      frame('error', { type: 'error', code, message: text, param: null, error: { ...openAiError(details), message: text } }),
  );
};

const frame = (event: string, data: object): string => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
