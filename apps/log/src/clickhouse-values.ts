/** ClickHouse's JSON as values of ours: 64-bit and larger integers arrive as decimal strings, times as text in UTC without a zone. */
import { type Instant, instantOf } from '@lurus/base/clock';
import { type Nanos, nanos } from '@lurus/base/money';

/** `2026-11-23 08:00:00.000` as an `Instant`. */
export const instantFrom = (text: string): Instant => instantOf(Date.parse(`${text.replace(' ', 'T')}Z`));

/** An `Instant` as ClickHouse reads a bound DateTime64. */
export const timeParameter = (instant: Instant): string => instant.replace('T', ' ').replace('Z', '');

/** An amount of nano-dollars, never through a float. */
export const nanosFrom = (text: string): Nanos => nanos(BigInt(text));

/** A count (tokens, bytes, sequences) as a number. Throws RangeError past 2^53, which would be shown wrong. */
export function countFrom(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`the count ${text} does not fit a number exactly`);
  return value;
}
