/** Errors in OpenAI's form, which Chat and Responses share: `{error: {message, type, param, code}}`. */
import { type ProblemDetails, type ProblemKind, problemText } from '@lurus/base/problem';
import type { RenderedError } from './dialect.ts';
import { errorHeaders } from './retry-after.ts';

/** How OpenAI names a failure. */
export interface OpenAiForm {
  readonly status: number;
  readonly type: string;
  /** Codes that clients act on; undefined: our own code stands there. */
  readonly code: string | undefined;
}

const FORMS: Readonly<Record<ProblemKind, OpenAiForm>> = {
  'invalid-request': { status: 400, type: 'invalid_request_error', code: undefined },
  authentication: { status: 401, type: 'invalid_request_error', code: 'invalid_api_key' },
  'no-credit': { status: 429, type: 'insufficient_quota', code: 'insufficient_quota' },
  permission: { status: 403, type: 'invalid_request_error', code: undefined },
  'not-found': { status: 404, type: 'invalid_request_error', code: undefined },
  conflict: { status: 409, type: 'invalid_request_error', code: undefined },
  'too-large': { status: 413, type: 'invalid_request_error', code: undefined },
  'rate-limited': { status: 429, type: 'rate_limit_error', code: 'rate_limit_exceeded' },
  // Not 503, which Codex and Qwen Code answer with a storm; with 429 all clients wait for `retry-after`.
  overloaded: { status: 429, type: 'server_error', code: 'server_is_overloaded' },
  upstream: { status: 502, type: 'server_error', code: undefined },
  timeout: { status: 504, type: 'server_error', code: undefined },
  unavailable: { status: 503, type: 'server_error', code: undefined },
  internal: { status: 500, type: 'server_error', code: undefined },
};

/** OpenAI's form of a failure. */
export const openAiForm = (details: ProblemDetails): OpenAiForm => FORMS[details.kind];

/** The `error` object. `param` is the first faulty field. */
export const openAiError = (details: ProblemDetails, form: OpenAiForm = openAiForm(details)) => ({
  message: problemText(details),
  type: form.type,
  param: details.faults?.[0]?.path ?? null,
  code: form.code ?? details.code,
});

/** A whole error response. */
export const renderOpenAiError = (details: ProblemDetails, requestId: string, form: OpenAiForm = openAiForm(details)): RenderedError => ({
  status: form.status,
  headers: { ...errorHeaders(details), 'x-request-id': requestId },
  body: JSON.stringify({ error: openAiError(details, form) }),
});
