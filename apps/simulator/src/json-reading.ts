/** Lenient reading of bodies that others wrote: what is there in the expected form is taken, everything else counts as absent. */

/** Any JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The value as an object; an empty one where it is something else. */
export const objectOf = (value: unknown): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}; // Checked on this line.

/** The value as a list of objects; what is no object is left out. */
export const objectsOf = (value: unknown): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter((entry) => typeof entry === 'object' && entry !== null).map(objectOf) : [];

/** The value as a text, or undefined. */
export const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** The value as a whole number from 0, or undefined. */
export const countOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;

/** UTF-8 bytes of a value written as JSON. */
export const jsonBytes = (value: unknown): number => (value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value)));
