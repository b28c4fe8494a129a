/** Gives an answer to its client as it comes, up to the bytes that are withheld until the settlement is durable. */
import type { Opening } from './call.ts';
import type { Job } from './job.ts';
import type { MeteredAnswer } from './metered-answer.ts';
import { streamHeaders } from './pulse.ts';

/**
 * Reads the answer to its end, writing what may be written. Goes on reading after the client has left, until the drain is cut. Nothing is
 * written before the hold is durable; where it does not become so, the answer is given up.
 */
export async function deliver(job: Job, opening: Opening): Promise<void> {
  if (job.hold && !(await job.hold.isRecorded)) {
    job.current?.stop('the hold was not recorded');
    return;
  }
  if (opening.kind !== 'answer') return;
  const { answer } = opening;
  if (answer.isStream) job.exchange.begin(answer.head.status, streamHeaders(answer.head));
  await pump(job, answer);
  const attempt = job.attempts.at(-1);
  // An error that was kept from an earlier attempt has been reported there.
  if (attempt && job.answer === answer) attempt.report = answer.report();
}

async function pump(job: Job, answer: MeteredAnswer): Promise<void> {
  for (;;) {
    for (const bytes of answer.takeNow()) {
      const room = job.exchange.write(bytes);
      if (room) await room;
    }
    if (answer.end !== undefined) return;
    await answer.advance();
  }
}
