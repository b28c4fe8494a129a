import { z } from 'zod';
import type { Brand } from './brand.ts';

/** A moment as RFC 3339 text in UTC with milliseconds: `2026-11-23T08:00:00.000Z`. Sorts as text. */
export type Instant = Brand<string, 'Instant'>;

/** Wall-clock time in milliseconds since 1970, for stamps that leave the process. */
export interface Clock {
  readonly nowMs: () => number;
}

/** The machine's clock. Only apps and tests use it; everything below takes a `Clock`. */
export const systemClock: Clock = { nowMs: () => Date.now() };

/** Milliseconds since 1970 as an `Instant`. Throws RangeError outside the years 0 to 9999. */
export const instantOf = (epochMs: number): Instant => new Date(epochMs).toISOString() as Instant; // toISOString is the format.

/** An `Instant` as milliseconds since 1970. */
export const epochMsOf = (instant: Instant): number => Date.parse(instant);

/** Any RFC 3339 time at a border, normalised to UTC with milliseconds. */
export const InstantSchema = z.iso
  .datetime({ offset: true, error: 'must be an RFC 3339 time like 2026-11-23T08:00:00Z' })
  .transform((text) => instantOf(Date.parse(text)));
