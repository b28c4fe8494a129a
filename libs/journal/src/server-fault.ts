import type { Problem } from '@lurus/base/problem';
import { JetStreamApiError } from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';
import { journalAway, journalRefused } from './problems.ts';

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const isRefusal = (error: unknown): boolean =>
  error instanceof errors.PermissionViolationError ||
  error instanceof errors.AuthorizationError ||
  error instanceof errors.UserAuthenticationExpiredError ||
  (error instanceof JetStreamApiError && error.status < 500) ||
  // The client library wraps what the server reported on the connection.
  (error instanceof errors.RequestError && error.cause !== undefined && isRefusal(error.cause));

/** What a failed question to the server comes to: journalRefused where asking again cannot help (rights, form), else journalAway. */
export function serverFault(error: unknown, what: string): Problem {
  const fault = { what, why: textOf(error) };
  return isRefusal(error) ? journalRefused(fault, { cause: error }) : journalAway(fault, { cause: error });
}

/** Whether the server said that the thing asked for does not exist (a stream, a consumer, a message). */
export const isAbsent = (error: unknown): boolean => error instanceof JetStreamApiError && error.status === 404;
