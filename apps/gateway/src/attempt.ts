/** One provider, called once: until its answer has begun, or has failed in a way that lets another be tried. */
import { unreachable } from '@lurus/base/assert';
import type { AttemptOutcome } from '@lurus/events/catalogue/llm';
import type { AnswerHead, Piece, UpstreamAnswer, UpstreamFailure } from '@lurus/upstream/upstream-answer';
import { answerKindOf, retryAfterMs } from './answer-kind.ts';
import { startPulse } from './pulse.ts';
import type { Gateway } from './gateway.ts';
import type { Attempt, Job } from './job.ts';
import { MeteredAnswer } from './metered-answer.ts';
import type { Route } from './plan.ts';
import { noteCredentialRefused, recordAttempt } from './record.ts';

/** What one attempt came to. */
export type Tried =
  | { readonly kind: 'answered'; readonly answer: MeteredAnswer }
  | { readonly kind: 'client error'; readonly head: AnswerHead; readonly body: Uint8Array }
  | {
      readonly kind: 'failed';
      /** For the client: `unreachable`, `timed out` and `refused us` tell it different things. */
      readonly how: 'unreachable' | 'timed out' | 'garbage' | 'refused us' | 'broke off' | 'stopped';
      /** A real answer of the provider, which the client gets where no other provider has one. */
      readonly passable: Extract<Tried, { readonly kind: 'answered' | 'client error' }> | undefined;
    };

/** An error body is read this far; what clients look for stands in its first lines. */
const ERROR_BYTES_MAX = 1_048_576;

/** Calls one provider. Everything that it did is noted in the job's attempts. */
export async function attemptRoute(job: Job, route: Route, gateway: Gateway): Promise<Tried> {
  const attempt = beginAttempt(job, route, gateway);
  const prepared = job.dialect.prepare({ request: job.request, ask: job.ask, upstreamModel: route.upstreamModel });
  const upstream = send({ job, route, prepared, gateway });
  if (!upstream) return fail({ job, attempt, gateway, outcome: 'failed', how: 'refused us', error: 'its credential does not open' });
  job.current = { stop: (why) => upstream.stop(why), hasFirstByte: () => upstream.hasFirstByte };
  if (job.stopCause !== undefined) upstream.stop(job.stopCause);
  const first = await upstream.next();
  if (first.kind === 'failure') return failedConnection({ job, attempt, gateway, failure: first.failure });
  if (first.kind !== 'head') throw new Error(`assertion failed: an answer begins with its head, not with ${first.kind}`);
  attempt.status = first.head.status;
  if (answerKindOf(first.head.status) === 'answer') {
    const answer = new MeteredAnswer({
      upstream,
      head: first.head,
      dialect: job.dialect,
      ask: job.ask,
      dropsUsage: prepared.usageWasAdded,
    });
    return readAnswer({ job, attempt, answer, gateway });
  }
  return readError({ job, attempt, upstream, head: first.head, gateway });
}

function beginAttempt(job: Job, route: Route, gateway: Gateway): Attempt {
  const attempt: Attempt = {
    number: job.attempts.length + 1,
    route,
    startedMs: gateway.nowMs(),
    outcome: undefined,
    status: undefined,
    error: undefined,
    firstByteMs: undefined,
    endedMs: undefined,
    report: undefined,
  };
  job.attempts.push(attempt);
  return attempt;
}

interface SendInput {
  readonly job: Job;
  readonly route: Route;
  readonly prepared: { readonly path: string; readonly query: string; readonly body: Uint8Array };
  readonly gateway: Gateway;
}

/** Undefined where the provider's credential cannot be opened. */
function send({ job, route, prepared, gateway }: SendInput): UpstreamAnswer | undefined {
  const { provider } = route;
  const { settings } = gateway;
  let credential: string | undefined;
  try {
    credential = gateway.credentials.open(provider);
  } catch (error) {
    gateway.log.error({ err: error, provider: provider.provider }, 'a credential does not open');
    return undefined;
  }
  const { path, query, body } = prepared;
  const { baseUrl, authStyle } = provider;
  const { headers } = job.request;
  const { requestId } = job.exchange;
  return gateway.upstreams.call(
    { method: 'POST', baseUrl, path, query, headers, body, authStyle, credential, requestId },
    { firstByteMs: settings.LURUS_FIRST_BYTE_TIMEOUT_MS, silenceMs: settings.LURUS_SILENCE_TIMEOUT_MS },
  );
}

interface AnswerInput {
  readonly job: Job;
  readonly attempt: Attempt;
  readonly answer: MeteredAnswer;
  readonly gateway: Gateway;
}

/** Reads a 200 until its first content; a whole body where it is no stream. */
async function readAnswer({ job, attempt, answer, gateway }: AnswerInput): Promise<Tried> {
  if (answer.isStream) startPulse(job, answer.head, gateway);
  while (!answer.isDecided) {
    await answer.advance();
    attempt.firstByteMs ??= gateway.nowMs();
  }
  attempt.report = answer.report();
  if (answer.end === undefined || answer.end === 'whole') {
    gateway.cooldowns.succeed(attempt.route.provider.providerId);
    job.answer = answer;
    return { kind: 'answered', answer };
  }
  const { outcome, how, says } = FAILED_ENDS[answer.end];
  const error = answer.end === 'error inside' ? errorInside(answer) : (answer.failure?.message ?? says);
  const passable = answer.end === 'error inside' ? ({ kind: 'answered', answer } as const) : undefined;
  return fail({ job, attempt, gateway, outcome, how, error, passable });
}

/** An answer that ended before its first content: how that counts, and what to say where nothing else says it. */
const FAILED_ENDS = {
  'error inside': { outcome: 'failed', how: 'broke off', says: 'an error inside the answer' },
  garbage: { outcome: 'failed', how: 'garbage', says: 'the body is no answer' },
  silent: { outcome: 'timed_out', how: 'timed out', says: 'no byte for too long' },
  stopped: { outcome: 'abandoned', how: 'stopped', says: 'it was stopped' },
  cut: { outcome: 'cut', how: 'broke off', says: 'the body ended too early' },
} as const;

function errorInside(answer: MeteredAnswer): string {
  const { error } = answer.report();
  return [error?.type, error?.code, error?.message].filter((part) => part !== undefined).join(': ');
}

interface ErrorInput {
  readonly job: Job;
  readonly attempt: Attempt;
  readonly upstream: UpstreamAnswer;
  readonly head: AnswerHead;
  readonly gateway: Gateway;
}

async function readError({ job, attempt, upstream, head, gateway }: ErrorInput): Promise<Tried> {
  const { body, failure } = await readErrorBody(upstream);
  if (failure) return failedConnection({ job, attempt, gateway, failure });
  const error = Buffer.from(body).toString('utf8', 0, 200);
  const passed = { kind: 'client error', head, body } as const;
  const kind = answerKindOf(head.status);
  switch (kind) {
    case 'client error':
      endAttempt(attempt, { outcome: 'refused', error, nowMs: gateway.nowMs() });
      recordAttempt(job, attempt, gateway);
      return passed;
    case 'busy':
      return fail({ job, attempt, gateway, outcome: 'refused', how: 'broke off', error, passable: passed, head });
    case 'credential':
      noteCredentialRefused(job, attempt, gateway);
      return fail({ job, attempt, gateway, outcome: 'refused', how: 'refused us', error, head });
    case 'useless':
    case 'answer':
      return fail({ job, attempt, gateway, outcome: 'failed', how: 'garbage', error: `status ${head.status}` });
    default:
      return unreachable(kind, 'kind of answer');
  }
}

/** An error's body, up to the limit; a connection that breaks after its head still leaves the status. */
async function readErrorBody(
  upstream: UpstreamAnswer,
): Promise<{ readonly body: Uint8Array; readonly failure: UpstreamFailure | undefined }> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for (let piece: Piece = await upstream.next(); piece.kind === 'bytes'; piece = await upstream.next()) {
    pieces.push(piece.bytes);
    bytes += piece.bytes.length;
    if (bytes > ERROR_BYTES_MAX) {
      upstream.stop('its error is too long');
      return { body: Buffer.concat(pieces).subarray(0, ERROR_BYTES_MAX), failure: undefined };
    }
  }
  const last = await upstream.next();
  return { body: Buffer.concat(pieces), failure: last.kind === 'failure' ? last.failure : undefined };
}

interface ConnectionFailure {
  readonly job: Job;
  readonly attempt: Attempt;
  readonly gateway: Gateway;
  readonly failure: UpstreamFailure;
}

function failedConnection({ job, attempt, gateway, failure }: ConnectionFailure): Tried {
  const error = failure.message;
  switch (failure.kind) {
    case 'connect':
      return fail({ job, attempt, gateway, outcome: 'failed', how: 'unreachable', error });
    case 'first byte':
    case 'silence':
      return fail({ job, attempt, gateway, outcome: 'timed_out', how: 'timed out', error });
    case 'cut':
      return fail({ job, attempt, gateway, outcome: 'cut', how: 'broke off', error });
    case 'stopped':
      return fail({ job, attempt, gateway, outcome: 'abandoned', how: 'stopped', error: job.stopCause ?? error });
    default:
      return unreachable(failure.kind, 'failure');
  }
}

interface FailInput {
  readonly job: Job;
  readonly attempt: Attempt;
  readonly gateway: Gateway;
  readonly outcome: AttemptOutcome;
  readonly how: Extract<Tried, { readonly kind: 'failed' }>['how'];
  readonly error: string | undefined;
  readonly passable?: Extract<Tried, { readonly kind: 'answered' | 'client error' }> | undefined;
  readonly head?: AnswerHead;
}

function fail({ job, attempt, gateway, outcome, how, error, passable, head }: FailInput): Tried {
  endAttempt(attempt, { outcome, error, nowMs: gateway.nowMs() });
  recordAttempt(job, attempt, gateway);
  // A client that leaves says nothing about a provider.
  if (how !== 'stopped') {
    gateway.cooldowns.fail(attempt.route.provider.providerId, retryAfterMs(head?.headers['retry-after'], gateway.clock.nowMs()));
  }
  return { kind: 'failed', how, passable };
}

/** Notes how an attempt ended; the first note stands. */
export function endAttempt(
  attempt: Attempt,
  ending: { readonly outcome: AttemptOutcome; readonly error: string | undefined; readonly nowMs: number },
): void {
  if (attempt.outcome) return;
  attempt.outcome = ending.outcome;
  attempt.error = ending.error;
  attempt.endedMs = ending.nowMs;
}
