/**
 * How much money one request reserves. The whole policy stands here, so that another one (leases, holds that grow with the answer) can take
 * its place.
 *
 * Now: the input at its upper bound and the output at its expected length. A worst-case hold would refuse a wallet of $2 a request that
 * costs $0.05, since clients allow 128,000 output tokens and use a thousand. What a settlement exceeds its hold by is taken from the wallet
 * while it has money; the rest is the loss of the house, never a negative balance.
 */
import type { Nanos } from '@lurus/base/money';
import { upperBound } from '@lurus/pricing/bounds';
import type { RateCard } from '@lurus/pricing/rate-card';
import { textBytes, tokensOfBytes } from './estimate.ts';

export interface ExpectedInput {
  readonly body: Uint8Array;
  /** The client's own bound on one answer. */
  readonly maxOutputTokens: number | undefined;
  readonly choices: number;
  readonly expectedOutputTokens: number;
}

/** The size of a request before it was made. Read from the body once, since a body may have megabytes. */
export interface ExpectedTokens {
  /** Bytes of text: the upper bound of the prompt's tokens. */
  readonly inputBytes: number;
  /** The likely size of the prompt: for limits, and for charges where a provider reports nothing. */
  readonly inputTokens: number;
  /** The output that the hold covers: an estimated output is never charged higher. */
  readonly outputTokens: number;
}

/** The tokens that a request will likely use, before it was made. */
export function expectedTokens({ body, maxOutputTokens, choices, expectedOutputTokens }: ExpectedInput): ExpectedTokens {
  const allowed = maxOutputTokens === undefined ? expectedOutputTokens : maxOutputTokens * choices;
  const inputBytes = textBytes(body);
  return { inputBytes, inputTokens: tokensOfBytes(inputBytes), outputTokens: Math.min(allowed, expectedOutputTokens) };
}

/** The amount to reserve, at the dearest input class and context tier that the request can reach. */
export const holdAmount = ({ inputBytes, outputTokens }: ExpectedTokens, price: RateCard): Nanos =>
  upperBound({ inputBytes, maxOutputTokens: outputTokens, choices: 1, price }); // The choices are counted in `outputTokens` already.
