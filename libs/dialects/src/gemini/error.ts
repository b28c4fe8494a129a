/** Errors in Google's form: `{error: {code, message, status, details}}`. */
import { type ProblemDetails, type ProblemKind, problemText } from '@lurus/base/problem';
import { encode } from '../bytes.ts';
import type { Dialect } from '../dialect.ts';
import { errorHeaders, retryAfterSeconds } from '../retry-after.ts';

interface Form {
  readonly code: number;
  readonly status: string;
}

const FORMS: Readonly<Record<ProblemKind, Form>> = {
  'invalid-request': { code: 400, status: 'INVALID_ARGUMENT' },
  authentication: { code: 401, status: 'UNAUTHENTICATED' },
  'no-credit': { code: 429, status: 'RESOURCE_EXHAUSTED' },
  permission: { code: 403, status: 'PERMISSION_DENIED' },
  'not-found': { code: 404, status: 'NOT_FOUND' },
  conflict: { code: 409, status: 'ABORTED' },
  'too-large': { code: 413, status: 'INVALID_ARGUMENT' },
  'rate-limited': { code: 429, status: 'RESOURCE_EXHAUSTED' },
  // Not 503: Gemini CLI waits as `RetryInfo` says on 429, and by its own growing delays on 503.
  overloaded: { code: 429, status: 'RESOURCE_EXHAUSTED' },
  upstream: { code: 502, status: 'INTERNAL' },
  timeout: { code: 504, status: 'DEADLINE_EXCEEDED' },
  unavailable: { code: 503, status: 'UNAVAILABLE' },
  internal: { code: 500, status: 'INTERNAL' },
};

const rpc = (name: string, fields: object): object => ({ '@type': `type.googleapis.com/google.rpc.${name}`, ...fields });

/** What Gemini CLI decides by: a quota whose id holds `PerDay` is final, a `RetryInfo` is waited for. */
function detailsOf(details: ProblemDetails): object[] {
  const seconds = retryAfterSeconds(details);
  return [
    rpc('ErrorInfo', { reason: details.code.toUpperCase(), domain: 'lurus-switch' }),
    ...(details.kind === 'no-credit'
      ? [rpc('QuotaFailure', { violations: [{ subject: 'wallet', description: details.message, quotaId: 'PrepaidBalancePerDay' }] })]
      : []),
    ...(details.faults
      ? [rpc('BadRequest', { fieldViolations: details.faults.map(({ path, message }) => ({ field: path, description: message })) })]
      : []),
    ...(seconds === undefined ? [] : [rpc('RetryInfo', { retryDelay: `${seconds}s` })]),
  ];
}

function bodyOf(details: ProblemDetails): string {
  const { code, status } = FORMS[details.kind];
  return JSON.stringify({ error: { code, message: problemText(details), status, details: detailsOf(details) } });
}

/** See `Dialect.renderError`. */
export const renderError: Dialect['renderError'] = (details, requestId) => ({
  status: FORMS[details.kind].code,
  headers: { ...errorHeaders(details), 'x-request-id': requestId },
  body: bodyOf(details),
});

/** See `Dialect.renderStreamError`. Gemini CLI's parser dies of anything but `data:` lines. */
export const renderStreamError: Dialect['renderStreamError'] = (details) => encode(`data: ${bodyOf(details)}\n\n`);
