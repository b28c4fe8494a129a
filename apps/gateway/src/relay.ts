/** The request path, one verb a line: identify, read, limit, plan, hold, call, deliver and meter, settle. */
import type { Dialect } from '@lurus/dialects/dialect';
import { endAttempt } from './attempt.ts';
import { call, type Opening } from './call.ts';
import { deliver } from './deliver.ts';
import type { Exchange } from './exchange.ts';
import { finish } from './finish.ts';
import type { Gateway } from './gateway.ts';
import { type ExpectedTokens, expectedTokens } from './hold-amount.ts';
import { identify } from './identify.ts';
import { type Job, stopJob } from './job.ts';
import type { Share } from './limit.ts';
import type { MeteredEnd } from './metered-answer.ts';
import { placeHold } from './place-hold.ts';
import { planRoutes } from './plan.ts';
import { readRequest } from './read-request.ts';
import { recordAttempt, recordEnding } from './record.ts';
import { settle, type Settlement, usedTokens } from './settle.ts';

/** Relays one request. Throws a Problem while nothing has been reserved; from the hold on every ending is settled here. */
export async function relay(exchange: Exchange, dialect: Dialect, gateway: Gateway): Promise<void> {
  const caller = identify(exchange, gateway.keys);
  const { request, release } = await readRequest(exchange, gateway);
  try {
    const ask = dialect.readAsk(request);
    const expected = expectedTokens({ ...ask, body: request.body, expectedOutputTokens: gateway.settings.LURUS_EXPECTED_OUTPUT_TOKENS });
    const share = gateway.limiter.admit(caller, expected.inputTokens + expected.outputTokens);
    try {
      const job = openJob({ exchange, caller, dialect, request, ask, expected }, gateway);
      await run(job, share, gateway);
    } finally {
      share.release();
    }
  } finally {
    release();
  }
}

type OpenJobInput = Pick<Job, 'exchange' | 'caller' | 'dialect' | 'request' | 'ask'> & { readonly expected: ExpectedTokens };

/** Plans and reserves: the last moment at which a request is refused without a trace in the journal. */
function openJob({ expected, ...input }: OpenJobInput, gateway: Gateway): Job {
  const { exchange, caller, ask } = input;
  const plan = planRoutes(planInputOf(input, gateway), gateway.tables);
  const { requestId } = exchange;
  const hold = plan.price && placeHold({ requestId, caller, ask, expected, price: plan.price }, gateway);
  return {
    ...input,
    plan,
    hold,
    attempts: [],
    current: undefined,
    answer: undefined,
    client: 'present',
    stopCause: undefined,
  };
}

function planInputOf({ exchange, caller, ask }: Pick<Job, 'exchange' | 'caller' | 'ask'>, gateway: Gateway) {
  return {
    tenantId: caller.tenantId,
    keyId: caller.keyId,
    allowedModels: caller.models,
    dialect: ask.dialect,
    model: ask.model,
    isCharged: ask.operation === 'generate',
    stickyKey: ask.sessionKey === undefined ? exchange.requestId : `${caller.keyId} ${ask.sessionKey}`,
    attemptsMax: gateway.settings.LURUS_ATTEMPTS_MAX,
  };
}

/** From the hold to its end: whatever happens in between, the hold is settled or released, once. */
async function run(job: Job, share: Share, gateway: Gateway): Promise<void> {
  gateway.jobs.add(job);
  watch(job, gateway);
  try {
    const opening = await answered(job, gateway);
    const settlement = await settle(job, opening, gateway);
    if (!settlement.isDurable) gateway.measures.settledLate();
    await finish(job, opening, settlement);
    share.correct(usedTokens(settlement));
    endLastAttempt(job, opening, gateway);
    recordWhenSettled(job, settlement, gateway);
  } finally {
    gateway.drains.finish(job);
    gateway.jobs.delete(job);
  }
}

/** Calls and delivers. A fault of ours ends like an answer that never came, so that the hold is given back. */
async function answered(job: Job, gateway: Gateway): Promise<Opening> {
  try {
    const opening = await call(job, gateway);
    await deliver(job, opening);
    return opening;
  } catch (error) {
    gateway.log.error({ err: error, requestId: job.exchange.requestId }, 'a request failed by our own fault');
    job.current?.stop('our own fault');
    return { kind: 'nothing', last: { kind: 'failed', how: 'broke off', passable: undefined } };
  }
}

/** What ends an answer from outside: its client leaves, or its hold cannot be recorded. */
function watch(job: Job, gateway: Gateway): void {
  job.exchange.onGone(() => {
    // A client that closes when it has seen the end of its answer (Codex always does) has left nothing.
    if (job.answer?.end === 'whole') return;
    if (job.current?.hasFirstByte()) {
      job.client = 'gone during answer';
      gateway.drains.start(job, () => stopJob(job, 'drain cut'));
    } else {
      job.client = 'gone before answer';
      stopJob(job, 'client left');
    }
  });
  void stopIfUnrecorded(job);
}

/** A provider must not go on working on an answer that cannot be given. */
async function stopIfUnrecorded(job: Job): Promise<void> {
  if (job.hold && !(await job.hold.isRecorded)) stopJob(job, 'hold not recorded');
}

/** The log must not tell of a charge that the stream of money does not have: a late settlement is logged when it is durable. */
function recordWhenSettled(job: Job, settlement: Settlement, gateway: Gateway): void {
  const record = (): void => recordEnding(job, settlement, gateway);
  if (settlement.isDurable) record();
  else settlement.durable.then(record, () => undefined); // One that never will be is reported by the outbox.
}

const OUTCOMES = {
  whole: 'answered',
  'error inside': 'failed',
  garbage: 'failed',
  cut: 'cut',
  silent: 'timed_out',
  stopped: 'abandoned',
} as const satisfies Record<MeteredEnd, string>;

/** The attempt that answered is recorded when its answer has ended; those before it were recorded when they failed. */
function endLastAttempt(job: Job, opening: Opening, gateway: Gateway): void {
  const attempt = job.attempts.at(-1);
  if (!attempt || attempt.outcome) return;
  const answer = opening.kind === 'answer' ? opening.answer : undefined;
  const outcome = OUTCOMES[answer?.end ?? 'stopped'];
  endAttempt(attempt, { outcome, error: answer?.failure?.message, nowMs: gateway.nowMs() });
  recordAttempt(job, attempt, gateway);
}
