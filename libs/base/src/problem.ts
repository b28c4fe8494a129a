/**
 * Expected failures. Each is declared once (code, kind, status, whether a retry can help, what happened, how to fix it) and thrown as a
 * `Problem`; the relay renders it in the caller's dialect, the services as application/problem+json (RFC 9457).
 */

/** What sort of failure it is; a dialect maps a kind to its own error type. */
export type ProblemKind =
  | 'invalid-request' // 400: the request cannot be understood.
  | 'authentication' // 401: no key, or not a living one.
  | 'no-credit' // 429 for the relay: the balance is used up; retrying does not help.
  | 'permission' // 403: the key may not do this.
  | 'not-found' // 404: no such path, model or thing.
  | 'conflict' // 409: contradicts what is already there.
  | 'too-large' // 413: past a limit.
  | 'rate-limited' // 429: too fast; retry after a while.
  | 'overloaded' // no provider can take it now; retry soon.
  | 'upstream' // 502: the provider failed.
  | 'timeout' // 504: the provider did not answer in time.
  | 'unavailable' // 503: one of our own parts is away; retry soon.
  | 'internal'; // 500: our own fault.

export interface ProblemDeclaration<Values> {
  /** Stable, for programs: `no_price`. */
  readonly code: string;
  readonly kind: ProblemKind;
  readonly status: number;
  readonly isRetryable: boolean;
  /** One sentence with the values: what happened and why. */
  readonly says: (values: Values) => string;
  /** One sentence: what the reader does about it. */
  readonly fix: (values: Values) => string;
}

/** One failure with its values filled in: everything that a renderer needs. */
export interface ProblemDetails {
  readonly code: string;
  readonly kind: ProblemKind;
  readonly status: number;
  readonly isRetryable: boolean;
  readonly message: string;
  readonly fix: string;
  /** How long to wait before a retry can succeed. */
  readonly retryAfterSeconds?: number;
  /** Every fault found in the input, with its path. */
  readonly faults?: readonly { readonly path: string; readonly message: string }[];
}

/** An expected failure on its way to the caller. `message` is the sentence, `details.fix` the remedy, `cause` what led to it. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly details: ProblemDetails;

  constructor(details: ProblemDetails, options: { readonly cause?: unknown } = {}) {
    super(details.message, options);
    this.details = details;
  }
}

/** What only the place of failure knows. */
export interface ProblemExtras {
  readonly cause?: unknown;
  readonly retryAfterSeconds?: number;
  readonly faults?: readonly { readonly path: string; readonly message: string }[];
}

/** Declares a failure and returns the function that makes it: `throw noPrice({ model })`. */
export function defineProblem<Values>(declaration: ProblemDeclaration<Values>) {
  return (values: Values, extras: ProblemExtras = {}): Problem =>
    new Problem(
      {
        code: declaration.code,
        kind: declaration.kind,
        status: declaration.status,
        isRetryable: declaration.isRetryable,
        message: declaration.says(values),
        fix: declaration.fix(values),
        ...(extras.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: extras.retryAfterSeconds }),
        ...(extras.faults === undefined ? {} : { faults: extras.faults }),
      },
      { cause: extras.cause },
    );
}

/** Sentence and remedy in one text, for places that have room for one string only. */
export const problemText = (details: ProblemDetails): string => `${details.message} ${details.fix}`.trim();
