/** One admitted request on its way through the relay: what was decided about it, and what has happened to it so far. */
import type { AttemptOutcome } from '@lurus/events/catalogue/llm';
import type { Ask, Dialect, RelayRequest, TapReport } from '@lurus/dialects/dialect';
import type { Exchange } from './exchange.ts';
import type { Caller } from './identify.ts';
import type { MeteredAnswer } from './metered-answer.ts';
import type { Hold } from './place-hold.ts';
import type { Plan, Route } from './plan.ts';

/** Why we ended an answer ourselves. */
export type StopCause = 'client left' | 'drain cut' | 'shutdown' | 'hold not recorded';

/** One provider that was called. */
export interface Attempt {
  readonly number: number;
  readonly route: Route;
  readonly startedMs: number;
  /** Undefined while it runs. */
  outcome: AttemptOutcome | undefined;
  status: number | undefined;
  error: string | undefined;
  firstByteMs: number | undefined;
  endedMs: number | undefined;
  report: TapReport | undefined;
}

export interface Job {
  readonly exchange: Exchange;
  readonly caller: Caller;
  readonly dialect: Dialect;
  readonly request: RelayRequest;
  readonly ask: Ask;
  readonly plan: Plan;
  /** Undefined for what is not charged. */
  readonly hold: Hold | undefined;
  readonly attempts: Attempt[];
  /** The answer that is being read, so that it can be stopped from outside. */
  current: { readonly stop: (why: string) => void; readonly hasFirstByte: () => boolean } | undefined;
  /** The answer that the client gets, once decided. */
  answer: MeteredAnswer | undefined;
  client: 'present' | 'gone before answer' | 'gone during answer';
  stopCause: StopCause | undefined;
}

/** Ends whatever is being read for a job; the first cause stands. */
export function stopJob(job: Job, cause: StopCause): void {
  job.stopCause ??= cause;
  job.current?.stop(cause);
}
