/**
 * How a request ended and what its client pays for: decided once, here, from the evidence alone. `docs/endings.md` shows the same table to
 * users; `ending.test.ts` has a row for each of its lines.
 */
import type { EndingReason } from '@lurus/events/catalogue/ending';
import { NO_TOKENS, promptTokens, type TokenUsage } from '@lurus/base/token-usage';
import { isPlausibleOutput, tokensOfBytes } from './estimate.ts';

/**
 * What became of the provider's answer. `refused`: its error was passed on. `none`: no attempt brought anything. `error inside`: an error
 * in a stream that had begun. `cut`, `silent`: it broke off. `garbage`: a 200 that is no answer. `drain cut`, `shutdown`: we stopped it.
 */
export type AnswerEnd = 'whole' | 'refused' | 'none' | 'error inside' | 'cut' | 'silent' | 'garbage' | 'drain cut' | 'shutdown';

/** Everything that an ending is decided by. */
export interface Evidence {
  /** False for what nobody pays for (counting tokens): nothing is charged then, whatever happened. */
  readonly isCharged: boolean;
  /** Always true for what is not charged. */
  readonly isHoldRecorded: boolean;
  /** `gone before answer`: before the provider's first byte. A client that leaves after the answer was whole is `present`. */
  readonly client: 'present' | 'gone before answer' | 'gone during answer';
  readonly answer: AnswerEnd;
  /** As last reported by the provider; undefined where it reported none. */
  readonly usage: TokenUsage | undefined;
  /** `usage` is the provider's last word, not a start value or a running count. */
  readonly isUsageFinal: boolean;
  /** Parts of the report could not be read or could not be true. */
  readonly isUsageSuspect: boolean;
  /** Bytes of text, reasoning and tool arguments that the provider generated as far as we read. */
  readonly generatedBytes: number;
  /** The likely size of the prompt. */
  readonly inputTokens: number;
  /** The output that the hold covers: an estimate is never higher. */
  readonly outputTokensMax: number;
}

/** What a client pays for. No charge: the hold is released. */
export interface Charge {
  readonly usage: TokenUsage;
  /** Not the provider's own final figure. */
  readonly isEstimated: boolean;
}

export interface Ending {
  readonly reason: EndingReason;
  /** Which fact the log gets: `request.completed`, `request.failed` or `request.cancelled`. */
  readonly fact: 'completed' | 'failed' | 'cancelled';
  readonly charge: Charge | undefined;
}

/**
 * More than any request can use: five times the longest context window on sale. A figure past it is a fault of the provider, and believing it
 * would empty the wallet for one request.
 */
const BELIEVABLE_TOKENS_MAX = 50_000_000;

/** Decides the ending. */
export function decideEnding(given: Evidence): Ending {
  const evidence = isBelievable(given.usage) ? given : { ...given, usage: undefined };
  if (!evidence.isHoldRecorded) return free('hold_not_recorded', 'failed');
  if (evidence.client === 'gone before answer') return free('client_gone_before_answer', 'cancelled');
  const ending = endings[evidence.answer](evidence, evidence.client === 'gone during answer');
  return evidence.isCharged ? ending : { ...ending, charge: undefined };
}

const isBelievable = (usage: TokenUsage | undefined): boolean =>
  usage === undefined || (promptTokens(usage) <= BELIEVABLE_TOKENS_MAX && usage.outputTokens <= BELIEVABLE_TOKENS_MAX);

const endings: Readonly<Record<AnswerEnd, (evidence: Evidence, isGone: boolean) => Ending>> = {
  whole,
  refused: () => free('upstream_refused', 'failed'),
  none: (_evidence, isGone) => free('upstream_failed_before_answer', isGone ? 'cancelled' : 'failed'),
  garbage: (_evidence, isGone) => free('upstream_garbage', isGone ? 'cancelled' : 'failed'),
  'error inside': (evidence) => broken('upstream_failed_during_answer', evidence),
  cut: (evidence) => broken('upstream_cut', evidence),
  silent: (evidence) => broken('upstream_silent', evidence),
  'drain cut': drainCut,
  // Somebody who left pays as after any drain that was cut; somebody who waited must not pay for our stop.
  shutdown: (evidence, isGone) => (isGone ? drainCut(evidence) : broken('gateway_shutdown', evidence)),
};

function free(reason: EndingReason, fact: Ending['fact']): Ending {
  return { reason, fact, charge: undefined };
}

function whole(evidence: Evidence, isGone: boolean): Ending {
  const { usage, isUsageFinal, isUsageSuspect, isCharged } = evidence;
  const isReported = usage !== undefined && isUsageFinal;
  const charge = isReported ? { usage, isEstimated: isUsageSuspect } : inputAndOutput(evidence);
  if (isGone) return { reason: 'client_gone_drained', fact: 'cancelled', charge };
  if (!isReported && isCharged) return { reason: 'usage_absent', fact: 'completed', charge };
  // An explicit zero is the provider's word that nothing was used: estimating in its place would charge for nothing.
  return { reason: isCharged && isZero(charge.usage) ? 'zero_usage' : 'complete', fact: 'completed', charge };
}

function drainCut(evidence: Evidence): Ending {
  return { reason: 'client_gone_cut', fact: 'cancelled', charge: inputAndOutput(evidence) };
}

/** Broken by others: the client pays for what it got, never for the prompt. */
function broken(reason: EndingReason, evidence: Evidence): Ending {
  return { reason, fact: evidence.client === 'present' ? 'failed' : 'cancelled', charge: outputOnly(evidence) };
}

const isZero = (usage: TokenUsage): boolean => promptTokens(usage) === 0 && usage.outputTokens === 0;

/** The prompt as reported or estimated, and the output on the best evidence. */
function inputAndOutput(evidence: Evidence): Charge {
  const { usage, inputTokens } = evidence;
  const prompt = usage && promptTokens(usage) > 0 ? usage : { ...NO_TOKENS, inputTokens };
  return { usage: { ...prompt, ...bestOutput(evidence) }, isEstimated: true };
}

function outputOnly(evidence: Evidence): Charge | undefined {
  // Where nothing was generated there is nothing to pay for, whatever the start of the stream counted.
  if (evidence.generatedBytes === 0) return undefined;
  const output = bestOutput(evidence);
  return output.outputTokens === 0 ? undefined : { usage: { ...NO_TOKENS, ...output }, isEstimated: true };
}

/** The last cumulative count where it can be one, else an estimate from the bytes that were generated, at most what the hold covers. */
function bestOutput({ usage, generatedBytes, outputTokensMax }: Evidence): Pick<TokenUsage, 'outputTokens' | 'reasoningTokens'> {
  if (usage && isPlausibleOutput({ outputTokens: usage.outputTokens, generatedBytes })) {
    return { outputTokens: usage.outputTokens, reasoningTokens: usage.reasoningTokens };
  }
  return { outputTokens: Math.min(tokensOfBytes(generatedBytes), outputTokensMax), reasoningTokens: 0 };
}
