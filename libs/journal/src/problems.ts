/** What can go wrong between a process and the journal, apart from its own faults. */
import { defineProblem, Problem } from '@lurus/base/problem';

/** The broker did not acknowledge in time. The event may or may not be stored; appending it again under the same id is safe. */
export const journalAway = defineProblem<{ readonly what: string; readonly why: string }>({
  code: 'journal_away',
  kind: 'unavailable',
  status: 503,
  isRetryable: true,
  says: ({ what, why }) => `the journal did not confirm ${what}: ${why}.`,
  fix: () => 'Try again in a few seconds; an operator looks at the NATS server if it lasts.',
});

/** More than the process or the stream can take now. Nothing was stored. */
export const journalFull = defineProblem<{ readonly what: string; readonly why: string }>({
  code: 'journal_full',
  kind: 'overloaded',
  status: 503,
  isRetryable: true,
  says: ({ what, why }) => `the journal cannot take ${what} now: ${why}.`,
  fix: () => 'Try again in a few seconds; add servers or gateways if it lasts.',
});

/** The server will never take it: permissions, shape or size. Nothing was stored. */
export const journalRefused = defineProblem<{ readonly what: string; readonly why: string }>({
  code: 'journal_refused',
  kind: 'internal',
  status: 500,
  isRetryable: false,
  says: ({ what, why }) => `the NATS server refused ${what}: ${why}.`,
  fix: () => 'Compare streams/processes.ts with what the process does, and run `lurus streams plan`.',
});

/** The server acknowledges before it has written to disk, or does not say. */
export const serverNotDurable = defineProblem<{ readonly url: string; readonly why: string }>({
  code: 'server_not_durable',
  kind: 'unavailable',
  status: 503,
  isRetryable: false,
  says: ({ url, why }) => `the NATS server at ${url} must not keep the truth: ${why}.`,
  fix: () =>
    'Set "sync_interval: always" in the jetstream block of every server, run nats-server 2.15 or newer, and include the accounts block that `lurus nats accounts` prints.',
});

const hasCode = (error: unknown, code: string): boolean => error instanceof Problem && error.details.code === code;

/** Whether an error is a `journalAway`. */
export const isJournalAway = (error: unknown): boolean => hasCode(error, 'journal_away');
/** Whether an error is a `journalFull`. */
export const isJournalFull = (error: unknown): boolean => hasCode(error, 'journal_full');
/** Whether an error is a `journalRefused`. */
export const isJournalRefused = (error: unknown): boolean => hasCode(error, 'journal_refused');
