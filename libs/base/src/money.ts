/**
 * Money is integers all the way: amounts in nano-dollars (1e-9 USD), rates in pico-dollars (1e-12 USD) per token.
 * A rate in pico-dollars per token is the same integer as micro-dollars per million tokens, the unit of price lists times a million.
 */
import { z } from 'zod';
import type { Brand } from './brand.ts';

/** An amount in nano-dollars; `1_000_000_000n` is one US dollar. Negative only where the doc of a field says so. */
export type Nanos = Brand<bigint, 'Nanos'>;

/** A rate in pico-dollars per token; `3_000_000n` is $3 per million tokens. Never negative. */
export type PicosPerToken = Brand<bigint, 'PicosPerToken'>;

/** Nano-dollars in one US dollar. */
export const NANOS_PER_DOLLAR = 1_000_000_000n;
/** Pico-dollars in one nano-dollar. */
export const PICOS_PER_NANO = 1_000n;

/** Takes any integer as nano-dollars. */
export const nanos = (value: bigint): Nanos => value as Nanos; // The brand's own constructor.

/** Takes a non-negative integer as pico-dollars per token. Throws RangeError when it is negative. */
export function picosPerToken(value: bigint): PicosPerToken {
  if (value < 0n) throw new RangeError(`a rate cannot be negative, got ${value} pico-dollars per token`);
  return value as PicosPerToken; // The brand's own constructor, after its check.
}

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;

/**
 * Reads a decimal text as an integer of `10^-places`, without ever passing through a float: `('1.5', 9)` is `1_500_000_000n`.
 * Throws RangeError when the text is no plain decimal or has more places than the unit can hold.
 */
export function parseDecimal(text: string, places: number): bigint {
  const match = DECIMAL.exec(text.trim());
  if (!match) throw new RangeError(`"${text}" is not a decimal number; write it like 12 or 0.25`);
  const [, sign = '', whole = '0', fraction = ''] = match;
  const kept = fraction.replace(/0+$/, '');
  if (kept.length > places) throw new RangeError(`"${text}" has ${kept.length} decimal places, at most ${places} are possible`);
  const value = BigInt(whole + kept.padEnd(places, '0'));
  return sign === '-' ? -value : value;
}

/** Writes an integer of `10^-places` as a plain decimal with exactly `places` digits after the point: `(1n, 9)` is `0.000000001`. */
export function formatDecimal(value: bigint, places: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(places + 1, '0');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** Reads US dollars like `20` or `0.000000001` (at most 9 decimal places). Throws RangeError on anything else. */
export const parseDollars = (text: string): Nanos => nanos(parseDecimal(text, 9));

/** Writes nano-dollars as US dollars with all nine places, as every exact figure is shown: `1.000000000`. */
export const formatDollars = (amount: Nanos): string => formatDecimal(amount, 9);

/** Reads a list price in US dollars per million tokens (at most 6 decimal places). Throws RangeError on anything else or below zero. */
export const parseDollarsPerMillion = (text: string): PicosPerToken => picosPerToken(parseDecimal(text, 6));

/** Writes a rate as US dollars per million tokens without trailing zeros: `3_750_000n` is `3.75`. */
export const formatDollarsPerMillion = (rate: PicosPerToken): string => formatDecimal(rate, 6).replace(/\.?0+$/, '');

/** Rounds pico-dollars half up to nano-dollars. The one rounding of a settlement happens here. Throws RangeError below zero. */
export function roundToNanos(picos: bigint): Nanos {
  if (picos < 0n) throw new RangeError(`cannot round a negative amount of ${picos} pico-dollars`);
  return nanos((picos + PICOS_PER_NANO / 2n) / PICOS_PER_NANO);
}

const IntegerText = z.union([z.bigint(), z.string().regex(/^-?\d{1,38}$/, 'must be an integer written as decimal digits')]);

/** Nano-dollars at a border: a decimal string in JSON, a `bigint` in code. */
export const NanosSchema = IntegerText.transform((value) => nanos(BigInt(value)));

/** Pico-dollars per token at a border: a decimal string in JSON, a non-negative `bigint` in code. */
export const PicosPerTokenSchema = IntegerText.transform((value) => BigInt(value))
  .refine((value) => value >= 0n, 'a rate cannot be negative')
  .transform((value) => picosPerToken(value));
