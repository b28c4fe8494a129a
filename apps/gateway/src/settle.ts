/** The end of a hold: exactly one `usage.settled` or `hold.released`, durable before the client gets the last byte of its answer. */
import { unreachable } from '@lurus/base/assert';
import { instantOf } from '@lurus/base/clock';
import { derivedUlid, type EventId, unchecked } from '@lurus/base/ids';
import { type Nanos, nanos } from '@lurus/base/money';
import { NO_TOKENS, promptTokens, type TokenUsage } from '@lurus/base/token-usage';
import { holdReleased, usageSettled } from '@lurus/events/catalogue/billing';
import { makeEvent } from '@lurus/events/event';
import { rateTogether, type RatedLine } from '@lurus/pricing/rate';
import { cutText, cutTextOrNull } from './cut-text.ts';
import { type AnswerEnd, decideEnding, type Ending, type Evidence } from './ending.ts';
import type { Opening } from './call.ts';
import type { Gateway } from './gateway.ts';
import type { Attempt, Job } from './job.ts';
import type { Price } from './price-table.ts';

/** How a request ended, in money. */
export interface Settlement {
  readonly ending: Ending;
  /** All tokens that are charged, an advisor's included; nothing where the hold was released. */
  readonly usage: TokenUsage;
  readonly lines: readonly RatedLine[];
  readonly amountNanos: Nanos;
  /** The end of the hold is durable: the rest of the answer may be given out. */
  readonly isDurable: boolean;
  /** Fulfils when it is durable after all; rejects where it never will be. */
  readonly durable: Promise<void>;
}

/** Decides the ending and makes it durable; gives up waiting, not trying, after `LURUS_SETTLE_TIMEOUT_MS`. */
export async function settle(job: Job, opening: Opening, gateway: Gateway): Promise<Settlement> {
  const ending = decideEnding(await evidenceOf(job, opening));
  const charged = chargedFor(job, ending, gateway);
  if (!job.hold) return { ending, ...charged, isDurable: true, durable: Promise.resolve() };
  const durable = appendEnd({ job, ending, charged, gateway });
  return { ending, ...charged, isDurable: await isWithin(durable, gateway.settings.LURUS_SETTLE_TIMEOUT_MS), durable };
}

async function evidenceOf(job: Job, opening: Opening): Promise<Evidence> {
  const report = job.attempts.at(-1)?.report;
  return {
    isCharged: job.hold !== undefined,
    isHoldRecorded: (await job.hold?.isRecorded) ?? true,
    client: job.client,
    answer: answerEndOf(job, opening),
    usage: report?.usage,
    isUsageFinal: report?.isUsageFinal ?? false,
    isUsageSuspect: report?.isUsageSuspect ?? false,
    generatedBytes: report?.generatedBytes ?? 0,
    inputTokens: job.hold?.inputTokens ?? 0,
    outputTokensMax: job.hold?.outputTokens ?? 0,
  };
}

function answerEndOf(job: Job, opening: Opening): AnswerEnd {
  switch (opening.kind) {
    case 'refusal':
      return 'refused';
    case 'nothing':
      return opening.last.how === 'garbage' ? 'garbage' : 'none';
    case 'stopped':
      return stoppedEnd(job);
    case 'answer': {
      const { end } = opening.answer;
      // An answer that nobody read to its end was stopped.
      return end === undefined || end === 'stopped' ? stoppedEnd(job) : end;
    }
    default:
      return unreachable(opening, 'opening');
  }
}

function stoppedEnd(job: Job): AnswerEnd {
  if (job.stopCause === 'shutdown') return 'shutdown';
  return job.stopCause === 'drain cut' ? 'drain cut' : 'none';
}

interface Charged {
  readonly usage: TokenUsage;
  readonly lines: readonly RatedLine[];
  readonly amountNanos: Nanos;
}

const NOTHING: Charged = { usage: NO_TOKENS, lines: [], amountNanos: nanos(0n) };

/** What the ending costs at the pinned price. An advisor's tokens cost what its own model costs, or the same where that has no price. */
function chargedFor(job: Job, ending: Ending, gateway: Gateway): Charged {
  const { price } = job.plan;
  if (!ending.charge || !price) return NOTHING;
  const parts = [{ usage: ending.charge.usage, price }];
  if (!ending.charge.isEstimated) {
    for (const extra of job.attempts.at(-1)?.report?.extraUsage ?? []) {
      parts.push({ usage: extra.usage, price: gateway.tables.prices.find(job.caller.tenantId, extra.model) ?? price });
    }
  }
  return { ...rateTogether(parts), usage: parts.map((part) => part.usage).reduce(addUsage) };
}

const addUsage = (a: TokenUsage, b: TokenUsage): TokenUsage => ({
  inputTokens: a.inputTokens + b.inputTokens,
  cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
  cacheWrite5mTokens: a.cacheWrite5mTokens + b.cacheWrite5mTokens,
  cacheWrite1hTokens: a.cacheWrite1hTokens + b.cacheWrite1hTokens,
  outputTokens: a.outputTokens + b.outputTokens,
  reasoningTokens: a.reasoningTokens + b.reasoningTokens,
});

interface AppendEndInput {
  readonly job: Job;
  readonly ending: Ending;
  readonly charged: Charged;
  readonly gateway: Gateway;
}

async function appendEnd({ job, ending, charged, gateway }: AppendEndInput): Promise<void> {
  // The end of a hold must not overtake it.
  await job.hold?.isAppended;
  const { requestId } = job.exchange;
  const { walletId, tenantId } = job.caller;
  const attempt = job.attempts.at(-1);
  const head = {
    // One id for whatever ends this hold: the server drops a second end, should a fault of ours ever append one.
    id: unchecked<EventId>(derivedUlid(`end of hold ${requestId}`, gateway.clock.nowMs())),
    at: instantOf(gateway.clock.nowMs()),
    tenantId,
    source: gateway.source,
  };
  if (!ending.charge || !job.plan.price || !attempt) {
    const data = { requestId, walletId, reason: ending.reason };
    await gateway.outbox.append(holdReleased, makeEvent(holdReleased, { ...head, data }));
    return;
  }
  const data = settledData({ job, attempt, ending, charged, price: job.plan.price });
  await gateway.outbox.append(usageSettled, makeEvent(usageSettled, { ...head, data }));
}

interface SettledInput {
  readonly job: Job;
  readonly attempt: Attempt;
  readonly ending: Ending;
  readonly charged: Charged;
  readonly price: Price;
}

function settledData({ job, attempt, ending, charged, price }: SettledInput) {
  const { caller, ask, exchange } = job;
  const { provider, upstreamModel } = attempt.route;
  return {
    requestId: exchange.requestId,
    walletId: caller.walletId,
    userId: caller.userId,
    keyId: caller.keyId,
    attempt: attempt.number,
    dialect: ask.dialect,
    providerId: provider.providerId,
    provider: cutText(provider.provider),
    model: cutText(ask.model),
    upstreamModel: cutText(upstreamModel),
    servedModel: cutTextOrNull(attempt.report?.fallbackModel ?? attempt.report?.servedModel),
    priceVersion: price.priceVersion,
    ...charged.usage,
    lines: charged.lines.slice(),
    amountNanos: charged.amountNanos,
    isEstimated: ending.charge?.isEstimated ?? false,
    reason: ending.reason,
  };
}

/** Whether a promise fulfils within a time. One that is late or fails goes on being somebody else's concern. */
function isWithin(promise: Promise<void>, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    // A plain timer: aborting a promised one makes an error object with its stack, for every request.
    const late = setTimeout(() => resolve(false), timeoutMs);
    const end = (isFulfilled: boolean): void => {
      clearTimeout(late);
      resolve(isFulfilled);
    };
    promise.then(
      () => end(true),
      () => end(false),
    );
  });
}

/** Tokens that count against a key's limit. */
export const usedTokens = (settlement: Settlement): number => promptTokens(settlement.usage) + settlement.usage.outputTokens;
