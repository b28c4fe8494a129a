/**
 * How much money one request reserves. The whole policy stands here, so that another one (leases, holds that grow with the answer) can take
 * its place.
 *
 * Now: the input at its upper bound and the output at its expected length. A worst-case hold would refuse a wallet of $2 a request that
 * costs $0.05, since clients allow 128,000 output tokens and use a thousand. What a settlement exceeds its hold by is taken from the wallet
 * while it has money; the rest is the loss of the house, never a negative balance.
 */
import type { Nanos } from '@lurus/base/money';
import { expectedCost } from '@lurus/pricing/bounds';
import type { RateCard } from '@lurus/pricing/rate-card';
import { textBytes, tokensOfBytes } from './estimate.ts';

export interface HoldInput {
  readonly body: Uint8Array;
  /** The client's own bound on one answer. */
  readonly maxOutputTokens: number | undefined;
  readonly choices: number;
  readonly price: RateCard;
  readonly expectedOutputTokens: number;
}

export interface HoldAmount {
  readonly amountNanos: Nanos;
  /** The likely size of the prompt: for limits, and for charges where a provider reports nothing. */
  readonly inputTokens: number;
  /** The output that the hold covers: an estimated output is never charged higher. */
  readonly outputTokens: number;
}

/** The tokens that a request will likely use, before it was made. */
export function expectedTokens(input: Omit<HoldInput, 'price'>): Omit<HoldAmount, 'amountNanos'> {
  const allowed = input.maxOutputTokens === undefined ? input.expectedOutputTokens : input.maxOutputTokens * input.choices;
  return {
    inputTokens: tokensOfBytes(textBytes(input.body)),
    outputTokens: Math.min(allowed, input.expectedOutputTokens),
  };
}

/** The amount to reserve, at the dearest input class and context tier that the request can reach. */
export function holdAmount(input: HoldInput): HoldAmount {
  const expected = expectedTokens(input);
  const amountNanos = expectedCost({
    inputBytes: textBytes(input.body),
    maxOutputTokens: expected.outputTokens,
    expectedOutputTokens: expected.outputTokens,
    choices: 1, // Counted in `outputTokens` already.
    price: input.price,
  });
  return { amountNanos, ...expected };
}
