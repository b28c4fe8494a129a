/** Values of options, parsed where the command line is read, so that a typo is told before anything is sent. */
import { parseDollars, parseDollarsPerMillion } from '@lurus/base/money';
import { InvalidArgumentError } from 'commander';

/** Collects a repeatable option. */
export const collect = (text: string, before: readonly string[] = []): string[] => [...before, text];

/** A whole number of at least one. */
export function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('It must be a whole number of at least 1.');
  return Number(text);
}

/** A whole number of at least zero. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

/** US dollars with at most nine places; the text itself is sent. */
export function dollars(text: string): string {
  refuseRangeError(() => parseDollars(text));
  return text;
}

/** US dollars of more than zero. */
export function positiveDollars(text: string): string {
  if (refuseRangeError(() => parseDollars(text)) <= 0n) throw new InvalidArgumentError('It must be more than zero.');
  return text;
}

/** US dollars per million tokens with at most six places; the text itself is sent. */
export function dollarsPerMillion(text: string): string {
  refuseRangeError(() => parseDollarsPerMillion(text));
  return text;
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A point in time: RFC 3339, a date, or a span back from now like `90s`, `15m`, `24h`, `7d`. The result is RFC 3339 in UTC. */
export const pastMoment = (nowMs: number): ((text: string) => string) => momentReader((spanMs) => nowMs - spanMs);

/** The same with spans forward from now. */
export const futureMoment = (nowMs: number): ((text: string) => string) => momentReader((spanMs) => nowMs + spanMs);

function momentReader(fromSpan: (spanMs: number) => number): (text: string) => string {
  return (text) => {
    const [, count = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
    const spanMs = Number(count) * (UNITS[unit] ?? 0);
    const epochMs = unit === '' ? Date.parse(text) : fromSpan(spanMs);
    if (Number.isNaN(epochMs)) throw new InvalidArgumentError('Write 15m, 24h, 7d, 2026-11-23 or 2026-11-23T08:00:00Z.');
    return new Date(epochMs).toISOString();
  };
}

/** `pattern=target` of a model mapping, collected into one object. */
export function collectMapping(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1 || at === text.length - 1) throw new InvalidArgumentError('Write <model or pattern>=<name at the provider>.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

function refuseRangeError<Value>(parse: () => Value): Value {
  try {
    return parse();
  } catch (error) {
    if (error instanceof RangeError) throw new InvalidArgumentError(error.message);
    throw error;
  }
}
