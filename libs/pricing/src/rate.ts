/**
 * Rating: tokens by class times rates. Everything is multiplied in pico-dollars and rounded once, so that a charge is never more than half a
 * nano-dollar away from the exact product, however many lines it has.
 */
import { type Nanos, nanos, PICOS_PER_NANO, type PicosPerToken, roundToNanos } from '@lurus/base/money';
import { promptTokens, type TokenUsage } from '@lurus/base/token-usage';
import { type RateCard, ratesAt } from './rate-card.ts';

/** The classes that a charge has lines for, as they stand in `usage.settled`. */
export type TokenClass = 'input' | 'cache_read' | 'cache_write_5m' | 'cache_write_1h' | 'output' | 'reasoning';

/** One line of a rating: tokens of one class times one rate. The `amountNanos` of all lines add up to the total exactly. */
export interface RatedLine {
  readonly tokenClass: TokenClass;
  readonly tokens: number;
  readonly picosPerToken: PicosPerToken;
  readonly amountNanos: Nanos;
}

/** A charge in nano-dollars and the lines that it is the exact sum of. */
export interface Rating {
  /** Classes without tokens have no line. */
  readonly lines: readonly RatedLine[];
  readonly amountNanos: Nanos;
}

/** What was used, and what it costs. */
export interface RatingPart {
  readonly usage: TokenUsage;
  readonly price: RateCard;
}

interface ExactLine {
  readonly tokenClass: TokenClass;
  readonly tokens: number;
  readonly picosPerToken: PicosPerToken;
  readonly picos: bigint;
}

/** Rates one usage at one price. Throws RangeError where a token count is negative or no whole number. */
export const rate = (part: RatingPart): Rating => rateTogether([part]);

/**
 * Rates several usages, each at its own price, as one charge with one rounding: an answer for which an advisor's model was asked too.
 * Throws RangeError where a token count is negative or no whole number.
 */
export function rateTogether(parts: readonly RatingPart[]): Rating {
  const lines = parts.flatMap(exactLines);
  const amountNanos = roundToNanos(lines.reduce((sum, line) => sum + line.picos, 0n));
  return { lines: allocate(lines, amountNanos), amountNanos };
}

/** The exact price of a usage in pico-dollars, before the one rounding. */
export const exactPicos = (part: RatingPart): bigint => exactLines(part).reduce((sum, line) => sum + line.picos, 0n);

function exactLines({ usage, price }: RatingPart): ExactLine[] {
  const rates = ratesAt(price, promptTokens(usage));
  const reasoning = rates.reasoningPicos;
  const lines = [
    exactLine('input', usage.inputTokens, rates.inputPicos),
    exactLine('cache_read', usage.cacheReadTokens, rates.cacheReadPicos),
    exactLine('cache_write_5m', usage.cacheWrite5mTokens, rates.cacheWrite5mPicos),
    exactLine('cache_write_1h', usage.cacheWrite1hTokens, rates.cacheWrite1hPicos),
    exactLine('output', reasoning === null ? usage.outputTokens : plainOutput(usage), rates.outputPicos),
    ...(reasoning === null ? [] : [exactLine('reasoning', usage.reasoningTokens, reasoning)]),
  ];
  return lines.filter((line) => line.tokens > 0);
}

/** Vendors have reported more reasoning than output (11 of 10), so the rest is floored. */
const plainOutput = (usage: TokenUsage): number => Math.max(0, usage.outputTokens - usage.reasoningTokens);

function exactLine(tokenClass: TokenClass, tokens: number, rate: PicosPerToken): ExactLine {
  if (!Number.isSafeInteger(tokens) || tokens < 0) throw new RangeError(`${tokens} is no count of ${tokenClass} tokens`);
  return { tokenClass, tokens, picosPerToken: rate, picos: BigInt(tokens) * rate };
}

/** Largest remainder: every line gets its whole nano-dollars, the missing ones go to the lines that lost most; among equals to the larger line. */
function allocate(lines: readonly ExactLine[], total: Nanos): RatedLine[] {
  const floors = lines.map((line) => line.picos / PICOS_PER_NANO);
  let missing = total - floors.reduce((sum, floor) => sum + floor, 0n);
  const byLoss = lines.map((line, index) => ({ index, loss: line.picos % PICOS_PER_NANO, picos: line.picos }));
  byLoss.sort((a, b) => compare(b.loss, a.loss) || compare(b.picos, a.picos)); // Stable: full ties keep the order of the classes.
  for (const { index } of byLoss) {
    if (missing <= 0n) break;
    floors[index] = (floors[index] ?? 0n) + 1n;
    missing -= 1n;
  }
  return lines.map(({ tokenClass, tokens, picosPerToken }, index) => ({
    tokenClass,
    tokens,
    picosPerToken,
    amountNanos: nanos(floors[index] ?? 0n),
  }));
}

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
