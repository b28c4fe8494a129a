/**
 * What a request can cost before it was made: the amounts that holds are built from. The bound takes the bytes of the request for its tokens:
 * every tokenizer in use makes at least one byte of a text token. What a provider adds of its own (tool preambles, a picture behind a URL) is
 * not in the bytes; JSON's own syntax in the bytes outweighs it by far in every recorded request.
 */
import { type Nanos, nanos, PICOS_PER_NANO } from '@lurus/base/money';
import { type FilledRates, type RateCard, reachableRates } from './rate-card.ts';

/** How large a request is, and the price that it was accepted at. Counts are whole numbers from 0. */
export interface BoundInput {
  /** UTF-8 bytes of the request's body. */
  readonly inputBytes: number;
  /** The most tokens that one answer may have. */
  readonly maxOutputTokens: number;
  /** How many answers are asked for at once. */
  readonly choices: number;
  readonly price: RateCard;
}

/**
 * The most that a request can cost: every byte a token of the dearest input class, every answer at full length in the dearest output class, in
 * the dearest context tier that a prompt of this size can reach. Rounded up to whole nano-dollars. Throws RangeError on a negative or fractional count.
 */
export function upperBound({ inputBytes, maxOutputTokens, choices, price }: BoundInput): Nanos {
  const input = count(inputBytes, 'input bytes');
  const output = count(maxOutputTokens, 'output tokens') * count(choices, 'choices');
  const costs = reachableRates(price, inputBytes).map((rates) => input * dearestInput(rates) + output * dearestOutput(rates));
  return roundUp(costs.reduce(larger, 0n));
}

const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);

const dearestInput = (rates: FilledRates): bigint =>
  [rates.inputPicos, rates.cacheReadPicos, rates.cacheWrite5mPicos, rates.cacheWrite1hPicos].reduce<bigint>(larger, 0n);

const dearestOutput = (rates: FilledRates): bigint => larger(rates.outputPicos, rates.reasoningPicos ?? 0n);

const roundUp = (picos: bigint): Nanos => nanos((picos + PICOS_PER_NANO - 1n) / PICOS_PER_NANO);

function count(value: number, what: string): bigint {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is no count of ${what}`);
  return BigInt(value);
}
