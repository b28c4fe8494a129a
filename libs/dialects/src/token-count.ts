/** Reads numbers of tokens that providers report, and guards against those that cannot be. */
import type { Findings } from './findings.ts';

/**
 * More tokens than any answer consumes: the largest context windows hold a few million, times all passes of an agentic answer. A count
 * past it is a fault of the provider's, and billing it would empty a wallet.
 */
export const TOKENS_MAX = 1_000_000_000;

/** Digits in text, as some layers print 64-bit integers. */
const DIGITS = /^\d{1,10}$/;

/** A usage object as a provider sent it. */
export type Reported = Readonly<Record<string, unknown>>;

/** The value as an object, or undefined where it is none. */
export const reported = (value: unknown): Reported | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Reported) // An object that came out of JSON.parse: any string key, any value.
    : undefined;

/** The objects in a list, or none where it is no list. */
export const reportedList = (value: unknown): readonly Reported[] =>
  Array.isArray(value) ? value.map(reported).filter((item) => item !== undefined) : [];

/**
 * Reads a count: a whole number within bounds as it is; missing or null as undefined; everything else clamped into bounds (no number: 0),
 * with the findings marked suspect.
 */
export function tokenCount(findings: Findings, value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= TOKENS_MAX) return value;
  findings.isUsageSuspect = true;
  const number = typeof value === 'string' && DIGITS.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || Number.isNaN(number)) return 0;
  return Math.floor(Math.min(TOKENS_MAX, Math.max(0, number)));
}
