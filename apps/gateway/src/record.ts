/** What the log learns of a request: each provider that was called, and how it ended. Appended in the background. */
import { instantOf } from '@lurus/base/clock';
import { type EventId, unchecked } from '@lurus/base/ids';
import { NO_TOKENS } from '@lurus/base/token-usage';
import { noticeWritten } from '@lurus/events/catalogue/log';
import { requestAttempted, requestCancelled, requestCompleted, requestFailed } from '@lurus/events/catalogue/llm';
import { makeEvent } from '@lurus/events/event';
import { cutText, cutTextOrNull } from './cut-text.ts';
import type { Gateway } from './gateway.ts';
import type { Attempt, Job } from './job.ts';
import type { Settlement } from './settle.ts';

const headOf = (job: Job, gateway: Gateway) => ({
  id: unchecked<EventId>(gateway.ids.ulid()),
  at: instantOf(gateway.clock.nowMs()),
  tenantId: job.caller.tenantId,
  source: gateway.source,
});

const wholeMs = (from: number, to: number): number => Math.max(0, Math.round(to - from));

/** Appends what one provider did. Call it once for each attempt, when it has ended. */
export function recordAttempt(job: Job, attempt: Attempt, gateway: Gateway): void {
  const { provider, upstreamModel } = attempt.route;
  const endedMs = attempt.endedMs ?? gateway.nowMs();
  gateway.measures.attempt(attempt, provider.dialect);
  const data = {
    requestId: job.exchange.requestId,
    attempt: attempt.number,
    providerId: provider.providerId,
    provider: cutText(provider.provider),
    upstreamModel: cutText(upstreamModel),
    outcome: attempt.outcome ?? 'abandoned',
    status: attempt.status ?? null,
    error: cutTextOrNull(attempt.error),
    firstByteMs: attempt.firstByteMs === undefined ? null : wholeMs(attempt.startedMs, attempt.firstByteMs),
    durationMs: wholeMs(attempt.startedMs, endedMs),
    hasUsage: attempt.report?.usage !== undefined,
    ...(attempt.report?.usage ?? NO_TOKENS),
  };
  gateway.outbox.post(requestAttempted, makeEvent(requestAttempted, { ...headOf(job, gateway), data }));
}

/** Appends how a request ended. */
export function recordEnding(job: Job, settlement: Settlement, gateway: Gateway): void {
  const { ending } = settlement;
  gateway.measures.ended({ dialect: job.ask.dialect, reason: ending.reason, seconds: job.exchange.durationMs / 1_000 });
  const head = { ...headOf(job, gateway), data: endingData(job, settlement) };
  switch (ending.fact) {
    case 'completed':
      gateway.outbox.post(requestCompleted, makeEvent(requestCompleted, head));
      return;
    case 'failed':
      gateway.outbox.post(requestFailed, makeEvent(requestFailed, head));
      return;
    case 'cancelled':
      gateway.outbox.post(requestCancelled, makeEvent(requestCancelled, head));
  }
}

function endingData(job: Job, { ending, usage, amountNanos }: Settlement) {
  const { exchange, caller, ask } = job;
  const last = job.attempts.at(-1);
  const firstByteMs = job.attempts.find((attempt) => attempt.firstByteMs !== undefined)?.firstByteMs;
  return {
    requestId: exchange.requestId,
    keyId: caller.keyId,
    userId: caller.userId,
    walletId: caller.walletId,
    dialect: ask.dialect,
    operation: ask.operation,
    model: cutText(ask.model),
    upstreamModel: cutTextOrNull(last?.route.upstreamModel),
    servedModel: cutTextOrNull(last?.report?.fallbackModel ?? last?.report?.servedModel),
    providerId: last?.route.provider.providerId ?? null,
    provider: cutTextOrNull(last?.route.provider.provider),
    attempts: job.attempts.length,
    isStream: ask.isStream,
    status: exchange.status,
    reason: ending.reason,
    stopReported: cutTextOrNull(last?.report?.stopReported),
    stopClass: last?.report?.stopClass ?? null,
    ...usage,
    isEstimated: ending.charge?.isEstimated ?? false,
    amountNanos,
    priceVersion: job.plan.price?.priceVersion ?? null,
    firstByteMs: firstByteMs === undefined ? null : wholeMs(exchange.startedMs, firstByteMs),
    durationMs: exchange.durationMs,
    requestBytes: job.request.body.length,
    responseBytes: exchange.responseBytes,
    clientFamily: cutText(ask.clientFamily),
    sessionKey: cutTextOrNull(ask.sessionKey),
    subKey: cutTextOrNull(ask.subKey),
    requestClass: cutText(ask.requestClass),
  };
}

/** Tells operators that a provider does not take our credential: only they can do something about it. */
export function noteCredentialRefused(job: Job, attempt: Attempt, gateway: Gateway): void {
  const { provider } = attempt.route.provider;
  const message = cutText(`provider ${provider} answered with status ${attempt.status ?? 0} to the credential that we have for it`);
  gateway.log.warn({ provider, status: attempt.status, requestId: job.exchange.requestId }, 'a provider refused our credential');
  const data = { level: 'warn' as const, code: 'credential_refused', message, requestId: job.exchange.requestId };
  gateway.outbox.post(noticeWritten, makeEvent(noticeWritten, { ...headOf(job, gateway), data }));
}
