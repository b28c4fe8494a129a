/** Errors in Anthropic's form: `{type: "error", error: {type, message}, request_id}`. */
import { type ProblemDetails, type ProblemKind, problemText } from '@lurus/base/problem';
import { encode } from '../bytes.ts';
import type { Dialect } from '../dialect.ts';
import { errorHeaders } from '../retry-after.ts';

interface Form {
  readonly type: string;
  readonly status: number;
}

const OVERLOADED: Form = { type: 'overloaded_error', status: 529 };

const FORMS: Readonly<Record<ProblemKind, Form>> = {
  'invalid-request': { type: 'invalid_request_error', status: 400 },
  authentication: { type: 'authentication_error', status: 401 },
  // 402 would be Anthropic's own, but only 429 with `x-should-retry: false` makes every client stop and show the message.
  'no-credit': { type: 'billing_error', status: 429 },
  permission: { type: 'permission_error', status: 403 },
  'not-found': { type: 'not_found_error', status: 404 },
  conflict: { type: 'invalid_request_error', status: 409 },
  'too-large': { type: 'request_too_large', status: 413 },
  'rate-limited': { type: 'rate_limit_error', status: 429 },
  overloaded: OVERLOADED,
  upstream: { type: 'api_error', status: 502 },
  timeout: { type: 'timeout_error', status: 504 },
  unavailable: { type: 'api_error', status: 503 },
  internal: { type: 'api_error', status: 500 },
};

/** Claude Code sends 11 requests on any 5xx but 529, which it tries 3 times: a failed provider that may recover is told as that. */
const formOf = (details: ProblemDetails): Form =>
  details.isRetryable && (details.kind === 'upstream' || details.kind === 'timeout') ? OVERLOADED : FORMS[details.kind];

const bodyOf = (details: ProblemDetails, requestId: string): string =>
  JSON.stringify({ type: 'error', error: { type: formOf(details).type, message: problemText(details) }, request_id: requestId });

/** See `Dialect.renderError`. */
export const renderError: Dialect['renderError'] = (details, requestId) => ({
  status: formOf(details).status,
  headers: { ...errorHeaders(details), 'request-id': requestId },
  body: bodyOf(details, requestId),
});

/** See `Dialect.renderStreamError`. Claude Code ignores frames without their `event:` line. */
export const renderStreamError: Dialect['renderStreamError'] = (details, requestId) =>
  encode(`event: error\ndata: ${bodyOf(details, requestId)}\n\n`);
