/** The last bytes of an answer, given out when its settlement is durable; or what the client gets in their place. */
import { unreachable } from '@lurus/base/assert';
import type { Problem } from '@lurus/base/problem';
import { responseHeaders } from '@lurus/upstream/response-headers';
import type { Opening } from './call.ts';
import type { Job } from './job.ts';
import type { MeteredAnswer } from './metered-answer.ts';
import {
  answerBroken,
  gatewayStopping,
  holdNotRecorded,
  settlementLate,
  upstreamFailed,
  upstreamTimedOut,
  upstreamUnreachable,
} from './problems.ts';
import type { Settlement } from './settle.ts';

/** What follows the last frame of a stream is a blank line at most; a provider that then keeps its connection open is not waited for. */
const TRAIL_MS = 1_000;

/** Seconds after which a failed request is worth another try: cooldowns and elections have passed by then as a rule. */
const RETRY_SECONDS = 2;

/** Ends the client's answer in the way that the ending asks for. */
export async function finish(job: Job, opening: Opening, settlement: Settlement): Promise<void> {
  const { exchange } = job;
  if (exchange.isGone) return;
  const problem = problemOf({ job, opening, settlement });
  if (problem) {
    endWith(job, problem);
  } else if (opening.kind === 'refusal') {
    const { status, headers, body } = opening.refusal;
    exchange.send(status, headers, body);
  } else if (opening.kind === 'answer') {
    await release(job, opening.answer);
  }
}

/** Says a problem in the dialect's form: as a whole answer, or inside the stream where one has begun. */
export function endWith(job: Pick<Job, 'exchange' | 'dialect'>, problem: Problem): void {
  const { exchange, dialect } = job;
  if (exchange.hasBegun) {
    void exchange.write(dialect.renderStreamError(problem.details, exchange.requestId));
    exchange.end();
    return;
  }
  const { status, headers, body } = dialect.renderError(problem.details, exchange.requestId);
  exchange.send(isOfHttp(problem) ? problem.details.status : status, headers, body);
}

/** A dialect has one status for what it cannot understand; that a method or an encoding is not taken (405, 415) is HTTP's own to say. */
const isOfHttp = ({ details }: Problem): boolean => details.kind === 'invalid-request' && details.status !== 400;

interface FinishInput {
  readonly job: Job;
  readonly opening: Opening;
  readonly settlement: Settlement;
}

/** What the client has to be told in the place of an answer's end, undefined where the answer ends by itself. */
function problemOf({ job, opening, settlement }: FinishInput): Problem | undefined {
  const retry = { retryAfterSeconds: RETRY_SECONDS };
  if (settlement.ending.reason === 'hold_not_recorded') return holdNotRecorded(undefined, retry);
  switch (opening.kind) {
    case 'stopped':
      return gatewayStopping(undefined, retry);
    case 'nothing':
      return nothingProblem(job, opening.last.how);
    case 'refusal':
      // The status went out with the first sign of life; the refusal can only be told inside the stream now.
      return job.exchange.hasBegun ? failed(job, `its provider answered with status ${opening.refusal.status}`) : undefined;
    case 'answer':
      if (settlement.isDurable) return brokenProblem(opening.answer);
      return settlementLate(undefined, retry);
    default:
      return unreachable(opening, 'opening');
  }
}

function brokenProblem(answer: MeteredAnswer): Problem | undefined {
  switch (answer.end) {
    case 'cut':
      return answerBroken({ why: 'the provider closed the connection before the answer was whole' });
    case 'silent':
      return answerBroken({ why: 'the provider fell silent' });
    case 'garbage':
      return answerBroken({ why: 'the provider sent something that is no answer' });
    case 'stopped':
    case undefined:
      return gatewayStopping(undefined, { retryAfterSeconds: RETRY_SECONDS });
    case 'whole':
    case 'error inside':
      return undefined;
    default:
      return unreachable(answer.end, 'end of an answer');
  }
}

function nothingProblem(job: Job, how: Extract<Opening, { readonly kind: 'nothing' }>['last']['how']): Problem {
  const { model } = job.ask;
  const values = { model: model.slice(0, 200), attempts: job.attempts.length };
  switch (how) {
    case 'unreachable':
      return upstreamUnreachable(values, { retryAfterSeconds: RETRY_SECONDS });
    case 'timed out':
      return upstreamTimedOut(values, { retryAfterSeconds: RETRY_SECONDS });
    case 'refused us':
      return failed(job, 'it refused the credential that this gateway has for it');
    case 'garbage':
      return failed(job, 'what it sent is no answer');
    case 'broke off':
    case 'stopped':
      return failed(job, 'its answer broke off before it had begun');
    default:
      return unreachable(how, 'failure');
  }
}

const failed = (job: Job, why: string): Problem =>
  upstreamFailed({ model: job.ask.model.slice(0, 200), attempts: job.attempts.length, why }, { retryAfterSeconds: RETRY_SECONDS });

async function release(job: Job, answer: MeteredAnswer): Promise<void> {
  const { exchange } = job;
  if (!answer.isStream) {
    exchange.send(answer.head.status, responseHeaders(answer.head.headers), Buffer.concat(answer.takeWithheld()));
    return;
  }
  await writeRest(job, answer);
  const limit = setTimeout(() => answer.stop('the answer is whole'), TRAIL_MS);
  while (!answer.isOver && !exchange.isGone) {
    await answer.advance();
    await writeRest(job, answer);
  }
  clearTimeout(limit);
  answer.stop('the answer is whole');
  exchange.end();
}

async function writeRest(job: Job, answer: MeteredAnswer): Promise<void> {
  for (const bytes of [...answer.takeNow(), ...answer.takeWithheld()]) await job.exchange.write(bytes);
}
