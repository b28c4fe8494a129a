/** Steps over JSON on the bytes, checking its structure: brackets, commas, colons, numbers, literals and depth. See `json-object.ts`. */
import { BACKSLASH, COLON, encode, QUOTE, startsWithAt, textOf } from './bytes.ts';

/** The bytes are no JSON; `at` is where that shows. */
export class JsonFault extends Error {
  override readonly name: string = 'JsonFault';
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/** Nested deeper than the limit; whether it is JSON is not known. */
export class JsonTooDeep extends JsonFault {
  override readonly name = 'JsonTooDeep';
}

/** A range of bytes: `start` is its first, `end` the one after its last. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const LETTER_U = 0x75;

/** Below this many bytes a loop is quicker than a call of the built-in search. */
const NEAR_BYTES = 24;
/** After an escaped quote its partner is often this near, and hardly ever a little farther. */
const NEAR_ESCAPED_BYTES = 8;

const isSpace = (byte: number | undefined): boolean =>
  byte !== undefined && byte <= 0x20 && (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09);

/** The offset of the first byte at or after `at` that is no white space. */
export function skipSpace(bytes: Uint8Array, at: number): number {
  let index = at;
  while (isSpace(bytes[index])) index++;
  return index;
}

/** The offset after the string whose opening quote stands at `at`. Throws JsonFault when it never ends. */
export function skipString(bytes: Uint8Array, at: number): number {
  let near = at + 1 + NEAR_BYTES;
  for (let index = at + 1; ;) {
    for (; index < near; index++) {
      const byte = bytes[index];
      if (byte === QUOTE) return index + 1;
      if (byte === BACKSLASH) index++;
    }
    const quote = bytes.indexOf(QUOTE, index);
    if (quote < 0) throw new JsonFault('a string does not end', bytes.length);
    if (!isEscaped(bytes, quote, index)) return quote + 1;
    index = quote + 1;
    near = index + NEAR_ESCAPED_BYTES;
  }
}

/** Whether an odd number of backslashes stands before `at`; none before `from` counts. */
function isEscaped(bytes: Uint8Array, at: number, from: number): boolean {
  let slash = at - 1;
  while (slash >= from && bytes[slash] === BACKSLASH) slash--;
  return (at - 1 - slash) % 2 === 1;
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39;

function skipDigits(bytes: Uint8Array, at: number): number {
  if (!isDigit(bytes[at])) throw new JsonFault('a number lacks digits', at);
  let index = at + 1;
  while (isDigit(bytes[index])) index++;
  return index;
}

function skipNumber(bytes: Uint8Array, at: number): number {
  let index = bytes[at] === 0x2d ? at + 1 : at;
  index = bytes[index] === 0x30 ? index + 1 : skipDigits(bytes, index);
  if (bytes[index] === 0x2e) index = skipDigits(bytes, index + 1);
  if (bytes[index] === 0x65 || bytes[index] === 0x45) {
    const sign = bytes[index + 1];
    index = skipDigits(bytes, sign === 0x2b || sign === 0x2d ? index + 2 : index + 1);
  }
  return index;
}

const LITERALS: readonly (readonly [first: number, word: Uint8Array])[] = [
  [0x74, encode('true')],
  [0x66, encode('false')],
  [0x6e, encode('null')],
];

function skipScalar(bytes: Uint8Array, at: number): number {
  const first = bytes[at];
  if (first === undefined) throw new JsonFault('the text ends where a value should stand', at);
  for (const [start, word] of LITERALS) {
    if (first !== start) continue;
    if (!startsWithAt(bytes, word, at)) throw new JsonFault('a word that is no value', at);
    return at + word.length;
  }
  return skipNumber(bytes, at);
}

/** From the opening quote of a key to where its value begins. Throws JsonFault where no key with a colon stands. */
export function skipKey(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== QUOTE) throw new JsonFault('a key should stand here', at);
  const colon = skipSpace(bytes, skipString(bytes, at));
  if (bytes[colon] !== COLON) throw new JsonFault('a colon should stand here', colon);
  return skipSpace(bytes, colon + 1);
}

/**
 * The offset after the value that begins at `at`. `levels` is how many more levels of brackets it may open.
 * Throws JsonFault where the structure is broken and JsonTooDeep past the limit.
 */
export function skipValue(bytes: Uint8Array, at: number, levels: number): number {
  const first = bytes[at];
  if (first === QUOTE) return skipString(bytes, at);
  if (first !== OPEN_BRACE && first !== OPEN_BRACKET) return skipScalar(bytes, at);
  return skipNested(bytes, at, levels);
}

/** Iterative, so that depth costs no call stack; `closers` is the stack of brackets that are still open. */
function skipNested(bytes: Uint8Array, at: number, levels: number): number {
  const closers: number[] = [];
  let index = at;
  for (;;) {
    const byte = bytes[index];
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      if (closers.length >= levels) throw new JsonTooDeep('nested too deep', index);
      const closer = byte === OPEN_BRACE ? CLOSE_BRACE : CLOSE_BRACKET;
      closers.push(closer);
      index = skipSpace(bytes, index + 1);
      if (bytes[index] !== closer) {
        if (closer === CLOSE_BRACE) index = skipKey(bytes, index);
        continue;
      }
    } else {
      index = skipSpace(bytes, byte === QUOTE ? skipString(bytes, index) : skipScalar(bytes, index));
    }
    index = closeOrGoOn(bytes, index, closers);
    if (closers.length === 0) return index;
  }
}

/** After a value: steps over every bracket that closes here, and over a comma to the next value. */
function closeOrGoOn(bytes: Uint8Array, at: number, closers: number[]): number {
  let index = at;
  for (;;) {
    const closer = closers.at(-1);
    const byte = bytes[index];
    if (byte === closer) {
      closers.pop();
      if (closers.length === 0) return index + 1;
      index = skipSpace(bytes, index + 1);
      continue;
    }
    if (byte !== COMMA) throw new JsonFault('a comma or a closing bracket should stand here', index);
    index = skipSpace(bytes, index + 1);
    return closer === CLOSE_BRACE ? skipKey(bytes, index) : index;
  }
}

/** How many UTF-8 bytes the text of the string at `at` has, its escapes resolved; 0 where no string stands there. */
export function stringBytesAt(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== QUOTE) return 0;
  let count = 0;
  for (let index = at + 1; index < bytes.length && bytes[index] !== QUOTE; index++) {
    count++;
    if (bytes[index] !== BACKSLASH) continue;
    index++;
    if (bytes[index] !== LETTER_U) continue;
    count += escapedBytes(bytes, index + 1) - 1;
    index += 4;
  }
  return count;
}

/** UTF-8 bytes of a `\uXXXX` escape whose digits begin at `at`. Half of a surrogate pair counts 2: a pair is 4 bytes. */
function escapedBytes(bytes: Uint8Array, at: number): number {
  const code = Number.parseInt(textOf(bytes, at, at + 4), 16);
  if (code < 0x80) return 1;
  return code < 0x800 || (code >= 0xd800 && code <= 0xdfff) ? 2 : 3;
}
