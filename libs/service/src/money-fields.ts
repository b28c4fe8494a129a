/** Money at the border of the services: decimal strings, since a JSON number may lose digits on its way. */
import { type Nanos, formatDollars, parseDollars, parseDollarsPerMillion } from '@lurus/base/money';
import { z } from 'zod';

const decimalText = (example: string) => z.string({ error: `must be a decimal string like "${example}"; a JSON number can lose digits` });

/** Reads a text with a parser that throws RangeError, and reports what it says as a fault of the field. */
function readBy<T>(read: (text: string) => T) {
  return (text: string, context: z.core.$RefinementCtx<string>): T => {
    try {
      return read(text);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      context.addIssue({ code: 'custom', message: error.message });
      return z.NEVER;
    }
  };
}

// A billion dollars at once is a slip of the keyboard, and sums of such amounts stay far below what every store can hold.
const DOLLARS_MAX = 1_000_000_000n * 1_000_000_000n;
const isInRange = (amount: bigint): boolean => amount <= DOLLARS_MAX && amount >= -DOLLARS_MAX;

/** Any amount in US dollars with at most nine places, up to a billion either way, as nano-dollars. */
export const SignedDollarsSchema = decimalText('20').transform(readBy(parseDollars)).refine(isInRange, 'must be at most a billion dollars');

/** An amount in US dollars above zero, as nano-dollars. */
export const DollarsSchema = SignedDollarsSchema.refine((amount) => amount > 0n, 'must be more than zero');

/** A list price in US dollars per million tokens with at most six places, never negative, as pico-dollars per token. */
export const DollarsPerMillionSchema = decimalText('3.75').transform(readBy(parseDollarsPerMillion));

/** How an amount is shown in answers: `amountFields('held', 5n)` is `{ held_usd: '0.000000005', held_nanos: '5' }`. */
export const amountFields = <Name extends string>(name: Name, amount: Nanos): Record<`${Name}_usd` | `${Name}_nanos`, string> =>
  ({ [`${name}_usd`]: formatDollars(amount), [`${name}_nanos`]: amount.toString() }) as Record<`${Name}_usd` | `${Name}_nanos`, string>; // Computed names are typed as string only.

/** An amount in US dollars with all nine places, in answers. */
export const UsdText = z.string().describe('US dollars as a decimal string with nine places');

/** The same amount in nano-dollars, in answers. */
export const NanosText = z.string().describe('nano-dollars as a decimal string');
