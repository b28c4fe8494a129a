/** Turns whatever was thrown while a request was answered into the problem that its caller gets. */
import { Problem } from '@lurus/base/problem';
import { answerTimedOut, bodyNotJson, bodyTooLarge, internalFault, mediaTypeUnknown, requestRefused } from './problem-json.ts';

/** Limits that a refusal names. */
export interface RequestLimits {
  readonly bodyBytesMax: number;
  readonly answerTimeoutMs: number;
}

/** What was thrown, and by which request. */
export interface Failure {
  readonly error: unknown;
  readonly requestId: string;
  readonly contentType: string | undefined;
  readonly limits: RequestLimits;
}

/** A Problem as it is; fastify's own refusals as ours; everything else is our fault, whose cause stays in the log. */
export function problemOf({ error, requestId, contentType, limits }: Failure): Problem {
  if (error instanceof Problem) return error;
  if (!(error instanceof Error)) return internalFault({ requestId }, { cause: error });
  switch (codeOf(error)) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return bodyTooLarge({ bytesMax: limits.bodyBytesMax }, { cause: error });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return mediaTypeUnknown({ given: contentType ?? '' }, { cause: error });
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return bodyNotJson({ error: error.message }, { cause: error });
    case 'FST_ERR_HANDLER_TIMEOUT':
      return answerTimedOut({ seconds: limits.answerTimeoutMs / 1000 }, { cause: error, retryAfterSeconds: 1 });
    default:
      return isRefusal(error) ? requestRefused({ error: error.message }, { cause: error }) : internalFault({ requestId }, { cause: error });
  }
}

const codeOf = (error: Error): unknown => ('code' in error ? error.code : undefined);

/** Fastify gives its refusals of what a client sent a status of the 400s; so does its JSON parser for forbidden names. */
const isRefusal = (error: Error): boolean =>
  'statusCode' in error && typeof error.statusCode === 'number' && error.statusCode >= 400 && error.statusCode < 500;
