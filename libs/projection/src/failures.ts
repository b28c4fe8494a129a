/** What a failure means for a lane: wait, stop, or set the event aside. */
import { Problem } from '@lurus/base/problem';
import { isJournalRefused } from '@lurus/journal/problems';
import { ClickHouseRefused } from './clickhouse/open-clickhouse.ts';
import { PostgresError } from './postgres/open-postgres.ts';
import { FenceLost } from './store.ts';

/** Going on could make the view wrong; the message says why. Only a person can decide what to do. */
export class ProjectionStopped extends Error {
  override readonly name = 'ProjectionStopped';
}

/**
 * `away`: a back end cannot be reached, waiting helps. `poison`: this event cannot be applied, others can. `stop`: neither helps; the code, the
 * schema or the rights are wrong, or somebody else has taken over.
 */
export type FailureMeaning = 'away' | 'poison' | 'stop';

/** 22 a value is impossible, 23 a constraint forbids it, 54 it is too large: https://www.postgresql.org/docs/18/errcodes-appendix.html */
const POISON_STATES = /^(22|23|54)/;

/** ClickHouse's names for values that do not fit their column. */
const POISON_TYPES =
  /^(CANNOT_|INCORRECT_DATA|TYPE_MISMATCH|ARGUMENT_OUT_OF_BOUND|DECIMAL_OVERFLOW|VALUE_IS_OUT_OF_RANGE|TOO_LARGE_STRING)/;

/** Judges what `Store.apply` threw. Anything that is no refusal of a back end was thrown by the pure fold: the event is poison. */
export function meaningOf(error: unknown): FailureMeaning {
  // A stream or bucket that is missing, or rights that are: nothing is wrong with the view, and it goes on once they are there.
  if (isJournalRefused(error)) return 'away';
  if (error instanceof Problem) return error.details.isRetryable ? 'away' : 'stop';
  if (error instanceof FenceLost || error instanceof ProjectionStopped) return 'stop';
  if (error instanceof PostgresError) return POISON_STATES.test(error.sqlState) ? 'poison' : 'stop';
  if (error instanceof ClickHouseRefused) return POISON_TYPES.test(error.type) ? 'poison' : 'stop';
  return 'poison';
}

/** The message of whatever was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
