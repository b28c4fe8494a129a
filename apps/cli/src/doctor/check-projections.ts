/** Whether every view is near the head of its streams. */
import { CliFailure } from '../cli-failure.ts';
import { fetchProjections, lagOf, readProjections, type ProjectionStatus } from '../projection-status.ts';
import type { Session } from '../session.ts';
import type { CheckResult } from './check-result.ts';

const LAG_WARN_EVENTS = 1_000; // Two full batches: a projector that is up works that off in a second.

/** One result a projection. */
export async function checkProjections(session: Session): Promise<CheckResult[]> {
  try {
    return readProjections(await fetchProjections(session)).map(resultOf);
  } catch (error) {
    if (!(error instanceof CliFailure)) throw error;
    return [
      {
        name: 'projections',
        state: 'fail',
        says: 'The projector does not tell how far it is.',
        why: error.details.what,
        fix: error.details.fix,
      },
    ];
  }
}

function resultOf(projection: ProjectionStatus): CheckResult {
  const name = `view ${projection.name}`;
  const lag = lagOf(projection);
  if (projection.error !== null) {
    return {
      name,
      state: 'fail',
      says: `is ${projection.state}.`,
      why: projection.error,
      fix: 'Do what the message says, then restart the projector.',
    };
  }
  if (lag > LAG_WARN_EVENTS) {
    return {
      name,
      state: 'warn',
      says: `is ${lag} events behind.`,
      fix: 'Wait; if "lurus projection lag" does not fall, see .lurus/logs/projector.log',
    };
  }
  return { name, state: 'ok', says: lag === 0 ? 'is current' : `is ${lag} events behind` };
}
