/** Failures as application/problem+json (RFC 9457), with our own code, remedy and list of faults. */
import { type ProblemDetails, type ProblemKind, defineProblem } from '@lurus/base/problem';
import { z } from 'zod';

/** The body of every answer that is an error. */
export const ProblemJsonSchema = z.object({
  type: z.string().describe('A URN that names the code.'),
  title: z.string().describe('The sort of problem, the same for all of its kind.'),
  status: z.number().int(),
  detail: z.string().describe('What happened and why.'),
  code: z.string().describe('Stable, for programs.'),
  fix: z.string().describe('What to do about it.'),
  is_retryable: z.boolean().describe('Whether the same request can succeed later.'),
  retry_after_seconds: z.number().int().optional(),
  faults: z
    .array(z.object({ path: z.string(), message: z.string() }))
    .optional()
    .describe('Every fault of the input with its path.'),
  request_id: z.string().describe('Names this request in the log.'),
});

/** The media type of every error. */
export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

const TITLES: Record<ProblemKind, string> = {
  'invalid-request': 'Invalid request',
  authentication: 'Not authenticated',
  'no-credit': 'No credit',
  permission: 'Not permitted',
  'not-found': 'Not found',
  conflict: 'Conflict',
  'too-large': 'Too large',
  'rate-limited': 'Too many requests',
  overloaded: 'Overloaded',
  upstream: 'The provider failed',
  timeout: 'Timed out',
  unavailable: 'Temporarily unavailable',
  internal: 'Internal error',
};

/** A failure as its JSON body. */
export function problemJson(details: ProblemDetails, requestId: string): z.infer<typeof ProblemJsonSchema> {
  return {
    type: `urn:lurus:problem:${details.code}`,
    title: TITLES[details.kind],
    status: details.status,
    detail: details.message,
    code: details.code,
    fix: details.fix,
    is_retryable: details.isRetryable,
    ...(details.retryAfterSeconds === undefined ? {} : { retry_after_seconds: details.retryAfterSeconds }),
    ...(details.faults === undefined ? {} : { faults: details.faults.map(({ path, message }) => ({ path, message })) }),
    request_id: requestId,
  };
}

/** The input is not of the shape that the route's schema asks for; `faults` lists everything that is wrong with it. */
export const inputRefused = defineProblem<{ readonly count: number }>({
  code: 'input_refused',
  kind: 'invalid-request',
  status: 400,
  isRetryable: false,
  says: ({ count }) => (count === 1 ? 'One thing in the request is wrong.' : `${count} things in the request are wrong.`),
  fix: () => 'Correct what "faults" lists; /openapi.json describes every field.',
});

export const pathUnknown = defineProblem<{ readonly method: string; readonly path: string }>({
  code: 'path_unknown',
  kind: 'not-found',
  status: 404,
  isRetryable: false,
  says: ({ method, path }) => `There is no ${method} ${path}.`,
  fix: () => 'GET /openapi.json lists every path.',
});

export const methodNotAllowed = defineProblem<{ readonly method: string; readonly path: string; readonly allowed: readonly string[] }>({
  code: 'method_not_allowed',
  kind: 'invalid-request',
  status: 405,
  isRetryable: false,
  says: ({ method, path }) => `${path} does not take ${method}.`,
  fix: ({ allowed }) => `Use ${allowed.join(' or ')}.`,
});

export const bodyNotJson = defineProblem<{ readonly error: string }>({
  code: 'body_not_json',
  kind: 'invalid-request',
  status: 400,
  isRetryable: false,
  says: ({ error }) => `The body is not JSON: ${error}.`,
  fix: () => 'Send one JSON object in UTF-8.',
});

export const mediaTypeUnknown = defineProblem<{ readonly given: string }>({
  code: 'media_type_unknown',
  kind: 'invalid-request',
  status: 415,
  isRetryable: false,
  says: ({ given }) => `A body of type "${given}" is not understood.`,
  fix: () => 'Send JSON with the header "Content-Type: application/json".',
});

export const bodyTooLarge = defineProblem<{ readonly bytesMax: number }>({
  code: 'body_too_large',
  kind: 'too-large',
  status: 413,
  isRetryable: false,
  says: ({ bytesMax }) => `The body is larger than ${bytesMax} bytes.`,
  fix: () => 'Send less at once.',
});

export const answerTimedOut = defineProblem<{ readonly seconds: number }>({
  code: 'answer_timed_out',
  kind: 'unavailable',
  status: 503,
  isRetryable: true,
  says: ({ seconds }) => `No answer could be made within ${seconds} seconds.`,
  fix: () => 'Try again; repeating a command with the same Idempotency-Key is safe. /readyz says which part is away.',
});

/** Anything the client's bytes broke that has no problem of its own. */
export const requestRefused = defineProblem<{ readonly error: string }>({
  code: 'request_refused',
  kind: 'invalid-request',
  status: 400,
  isRetryable: false,
  says: ({ error }) => `The request cannot be understood: ${error}.`,
  fix: () => 'Correct the request; /openapi.json describes every path.',
});

export const internalFault = defineProblem<{ readonly requestId: string }>({
  code: 'internal_fault',
  kind: 'internal',
  status: 500,
  isRetryable: false,
  says: () => 'The service failed at this request through a fault of its own.',
  fix: ({ requestId }) => `Look for request_id ${requestId} in the service's log and report it.`,
});
