/** Key-value buckets: views that projectors write and gateways mirror in memory. Deleting one is harmless, its projector fills it again. */
import type { z } from 'zod';
import { fromWire, toWire } from './wire.ts';

/** One declared bucket. */
export interface BucketDefinition<Value = unknown> {
  readonly name: string;
  readonly says: string;
  /** The projection that alone may write it. */
  readonly writtenBy: string;
  /**
   * The JSON value in code's form; on the wire it has snake_case names and decimal strings like events. Every value carries the `sequence`
   * of the event that it is true at, so that readers can drop what arrives late.
   */
  readonly value: z.ZodType<Value>;
}

/** The value of a bucket, in code's form: `BucketValue<typeof keysBucket>`. */
export type BucketValue<Bucket> = Bucket extends BucketDefinition<infer Value> ? Value : never;

/** Declares one bucket. */
export const defineBucket = <Value>(declaration: BucketDefinition<Value>): BucketDefinition<Value> => declaration;

/** A value as the JSON text that the bucket keeps. */
export const encodeValue = (value: unknown): string => JSON.stringify(toWire(value));

/** Reads one value. Throws SyntaxError when the text is no JSON and ZodError when it is not the bucket's value. */
export const decodeValue = <Value>(bucket: BucketDefinition<Value>, text: string): Value => bucket.value.parse(fromWire(JSON.parse(text)));

/** Any text as one token of a bucket key: letters, digits, `-` and `_` stay, every other byte becomes `=` and two hex digits. */
export const keyToken = (text: string): string =>
  Array.from(new TextEncoder().encode(text), (byte) => {
    const character = String.fromCharCode(byte);
    return /[A-Za-z0-9_-]/.test(character) ? character : `=${byte.toString(16).padStart(2, '0')}`;
  }).join('');
