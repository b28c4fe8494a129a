/**
 * How Postgres values become values of ours: `bigint` columns (sequences, counts) are numbers, `numeric` columns (money, sums) are `bigint`,
 * `timestamptz` is an `Instant`. Everything else is as `pg` gives it. Nothing passes through a float.
 */
import { type Instant, instantOf } from '@lurus/base/clock';
import { types } from 'pg';

const INT8_OID = 20;
const NUMERIC_OID = 1700;
const TIMESTAMPTZ_OID = 1184;
const INT8_ARRAY_OID = 1016;

function safeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`the bigint ${text} does not fit a number exactly; select it as numeric`);
  return value;
}

function wholeNumeric(text: string): bigint {
  const [whole = '', fraction = ''] = text.split('.');
  if (/[^0]/.test(fraction)) throw new RangeError(`the numeric ${text} has a fraction; round it in SQL or select it as text`);
  return BigInt(whole);
}

/** The session's time zone is UTC, so that the text ends in `+00`, which JavaScript reads only as `Z`. */
const instant = (text: string): Instant => instantOf(Date.parse(`${text.replace(' ', 'T').replace(/\+00$/, '')}Z`));

const arrayOf =
  <T>(item: (text: string) => T) =>
  (text: string): T[] =>
    text === '{}' ? [] : text.slice(1, -1).split(',').map(item);

const parsers = new Map<number, (text: string) => unknown>([
  [INT8_OID, safeNumber],
  [NUMERIC_OID, wholeNumeric],
  [TIMESTAMPTZ_OID, instant],
  [INT8_ARRAY_OID, arrayOf(safeNumber)],
]);

// The driver declares its own parsers with an enum of the ids it knows and with `any`; it takes every id.
const driverParser = types.getTypeParser as (oid: number, format?: 'text' | 'binary') => (text: string) => unknown;

/** The type parsers of every connection of ours; they belong to a pool, the driver's global table stays as it is. */
export const postgresTypes = {
  getTypeParser: (oid: number, format?: 'text' | 'binary'): ((text: string) => unknown) => parsers.get(oid) ?? driverParser(oid, format),
};
