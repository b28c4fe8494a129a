/**
 * A reader of JSON that looks at the members it is asked for and steps over everything else, on the bytes, so that a 200 KB request costs
 * a fraction of a JSON.parse and keeps its bytes. It is exact about structure (brackets, commas, numbers, literals, depth); the inside of
 * strings that nobody asked for (control characters, escapes, UTF-8) is left for the provider to judge. Like JSON.parse, the last of equal
 * keys counts, and keys are compared after their escapes are resolved.
 */
import { BACKSLASH, encode, QUOTE, searchable, textOf } from './bytes.ts';
import { JsonFault, type Span, skipKey, skipSpace, skipString, skipValue } from './json-skip.ts';

/** Names to look for in objects, prepared once. */
export interface KeyTable<Name extends string> {
  readonly names: readonly Name[];
  readonly indexes: ReadonlyMap<string, number>;
  readonly byLength: readonly (readonly { readonly index: number; readonly bytes: Uint8Array }[] | undefined)[];
  readonly spotsLookalikes: boolean;
  /** -1 for every name: what is copied for each object that is read. */
  readonly nowhere: readonly number[];
}

/** Prepares the names that `readObject` is to look for. */
export const keyTable = <const Name extends string>(...names: readonly Name[]): KeyTable<Name> => tableOf(names, false);

/** The same for a request's top level, where keys that differ from a wanted one by case alone are noted as well. */
export const requestKeyTable = <const Name extends string>(...names: readonly Name[]): KeyTable<Name> => tableOf(names, true);

function tableOf<Name extends string>(names: readonly Name[], spotsLookalikes: boolean): KeyTable<Name> {
  const byLength: { index: number; bytes: Uint8Array }[][] = [];
  for (const [index, name] of names.entries()) {
    const bytes = encode(name);
    (byLength[bytes.length] ??= []).push({ index, bytes });
  }
  const nowhere = names.map(() => -1);
  return { names, byLength, spotsLookalikes, nowhere, indexes: new Map(names.map((name, index) => [name, index])) };
}

const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const LETTER_N = 0x6e;
/** JSON wants everything below it escaped. */
const FIRST_PRINTABLE = 0x20;

/** Levels of brackets that an answer may nest: tool arguments nest by a model's whim, so this is wide; it only bounds the stack. */
export const ANSWER_LEVELS_MAX = 512;

/** What a pass over one object found, by index in the table; -1 where a name is missing. */
interface Found {
  readonly starts: number[];
  readonly ends: number[];
  /** Rare, so made when needed. */
  repeats: { readonly index: number; readonly span: Span }[] | undefined;
  lookalikes: string[] | undefined;
}

/** An object as found: where the values of the wanted names stand. */
export class JsonObject<Name extends string> {
  readonly bytes: Uint8Array;
  /** The offset after the closing brace. */
  readonly end: number;
  /** Not by `Name`: an object in which more was looked for serves wherever less is wanted. */
  readonly #table: KeyTable<string>;
  readonly #found: Found;

  constructor(input: { readonly bytes: Uint8Array; readonly end: number; readonly table: KeyTable<Name>; readonly found: Found }) {
    this.bytes = input.bytes;
    this.end = input.end;
    this.#table = input.table;
    this.#found = input.found;
  }

  /** Where the value of a member begins, or -1 where the object lacks it. */
  start(name: Name): number {
    return this.#found.starts[this.#table.indexes.get(name) ?? -1] ?? -1;
  }

  /** Where the value of a member stands; undefined where the object lacks it. */
  span(name: Name): Span | undefined {
    const start = this.start(name);
    return start < 0 ? undefined : { start, end: this.#found.ends[this.#table.indexes.get(name) ?? -1] ?? start };
  }

  /** Whether the member is there, be it null. */
  has(name: Name): boolean {
    return this.start(name) >= 0;
  }

  /** Whether the member is there and something else than null. */
  holds(name: Name): boolean {
    const start = this.start(name);
    return start >= 0 && this.bytes[start] !== LETTER_N;
  }

  /** Values of earlier members of the same name, which JSON.parse lets the last one replace. */
  repeats(name: Name): readonly Span[] {
    const index = this.#table.indexes.get(name);
    return (this.#found.repeats ?? []).filter((repeat) => repeat.index === index).map(({ span }) => span);
  }

  /** Keys that some parsers (Go's) take for a wanted one, since they differ by case alone. Empty unless the table asks for them. */
  get lookalikes(): readonly string[] {
    return this.#found.lookalikes ?? [];
  }

  /** The member as JSON.parse reads it; undefined where it is missing. Throws JsonFault where the value is no JSON. */
  value(name: Name): unknown {
    const span = this.span(name);
    return span && parseSpan(this.bytes, span);
  }

  /** The member if it is a string. Throws JsonFault where its escapes are broken. */
  text(name: Name): string | undefined {
    const span = this.span(name);
    return span && this.bytes[span.start] === QUOTE ? stringOf(this.bytes, span) : undefined;
  }

  /** The member if it is an object, with the names of `table` looked up in it. */
  object<Inner extends string>(name: Name, table: KeyTable<Inner>): JsonObject<Inner> | undefined {
    const start = this.start(name);
    return start >= 0 && this.bytes[start] === OPEN_BRACE ? readObject(this.bytes, start, table) : undefined;
  }

  /** Spans of the elements if the member is an array, one by one, so that a caller can stop early; nothing otherwise. */
  *elements(name: Name): Generator<Span, void, undefined> {
    const start = this.start(name);
    if (start >= 0) yield* readElements(this.bytes, start);
  }
}

/**
 * Reads the object whose brace stands at `at`, looking for the names of `table`.
 * Throws JsonFault where it is no object or broken, and JsonTooDeep where it opens more than `levels` levels, its own included.
 */
export function readObject<Name extends string>(
  bytes: Uint8Array,
  at: number,
  table: KeyTable<Name>,
  levels: number = ANSWER_LEVELS_MAX,
): JsonObject<Name> {
  if (bytes[at] !== OPEN_BRACE) throw new JsonFault('an object should stand here', at);
  const found: Found = { starts: table.nowhere.slice(), ends: table.nowhere.slice(), repeats: undefined, lookalikes: undefined };
  let index = skipSpace(bytes, at + 1);
  if (bytes[index] === CLOSE_BRACE) return new JsonObject({ bytes, end: index + 1, table, found });
  for (;;) {
    const start = skipKey(bytes, index);
    const wanted = wantedIndex(bytes, index, table);
    const end = skipValue(bytes, start, levels - 1);
    if (wanted >= 0) note(found, wanted, { start, end });
    else if (table.spotsLookalikes) noteLookalike(found, table, stringOf(bytes, { start: index, end: skipString(bytes, index) }));
    index = skipSpace(bytes, end);
    if (bytes[index] === CLOSE_BRACE) return new JsonObject({ bytes, end: index + 1, table, found });
    if (bytes[index] !== COMMA) throw new JsonFault('a comma or a closing brace should stand here', index);
    index = skipSpace(bytes, index + 1);
  }
}

function note(found: Found, index: number, span: Span): void {
  const earlier = found.starts[index] ?? -1;
  if (earlier >= 0) (found.repeats ??= []).push({ index, span: { start: earlier, end: found.ends[index] ?? earlier } });
  found.starts[index] = span.start;
  found.ends[index] = span.end;
}

function noteLookalike<Name extends string>(found: Found, table: KeyTable<Name>, key: string): void {
  if (table.indexes.has(key.toLowerCase())) (found.lookalikes ??= []).push(key);
}

/** Which wanted name the key whose quote stands at `at` is, or -1. */
function wantedIndex<Name extends string>(bytes: Uint8Array, at: number, table: KeyTable<Name>): number {
  let end = at + 1;
  for (; bytes[end] !== QUOTE; end++)
    if (bytes[end] === BACKSLASH) return table.indexes.get(stringOf(bytes, { start: at, end: skipString(bytes, at) })) ?? -1;
  const candidates = table.byLength[end - at - 1];
  if (!candidates) return -1;
  for (const { index, bytes: name } of candidates) {
    let offset = 0;
    while (offset < name.length && bytes[at + 1 + offset] === name[offset]) offset++;
    if (offset === name.length) return index;
  }
  return -1;
}

/** Spans of the elements of the array whose bracket stands at `at`; nothing where none stands there. */
export function* readElements(bytes: Uint8Array, at: number): Generator<Span, void, undefined> {
  if (!isArrayAt(bytes, at)) return;
  let index = skipSpace(bytes, at + 1);
  if (bytes[index] === CLOSE_BRACKET) return;
  for (;;) {
    const end = skipValue(bytes, index, ANSWER_LEVELS_MAX);
    yield { start: index, end };
    index = skipSpace(bytes, end);
    if (bytes[index] === CLOSE_BRACKET) return;
    if (bytes[index] !== COMMA) throw new JsonFault('a comma or a closing bracket should stand here', index);
    index = skipSpace(bytes, index + 1);
  }
}

/** Reads bytes that are one JSON object and nothing else but white space. Throws as `readObject` does. */
export function readDocument<Name extends string>(bytes: Uint8Array, table: KeyTable<Name>, levels?: number): JsonObject<Name> {
  const object = readObject(searchable(bytes), skipSpace(bytes, 0), table, levels);
  const rest = skipSpace(bytes, object.end);
  if (rest < bytes.length) throw new JsonFault('there is more after the closing brace', rest);
  return object;
}

/** Whether an object stands at `at`. */
export const isObjectAt = (bytes: Uint8Array, at: number): boolean => bytes[at] === OPEN_BRACE;

/** Whether an array stands at `at`. */
export const isArrayAt = (bytes: Uint8Array, at: number): boolean => bytes[at] === OPEN_BRACKET;

/** A span read by JSON.parse. Throws JsonFault where it is no JSON. */
export function parseSpan(bytes: Uint8Array, span: Span): unknown {
  try {
    return JSON.parse(textOf(bytes, span.start, span.end));
  } catch {
    throw new JsonFault('a value that JSON.parse refuses', span.start);
  }
}

/** The text of a string span, quotes included in the span. Throws JsonFault where its escapes are broken. */
function stringOf(bytes: Uint8Array, span: Span): string {
  for (let index = span.start + 1; index < span.end - 1; index++) {
    const byte = bytes[index] ?? 0;
    if (byte === BACKSLASH || byte < FIRST_PRINTABLE) return escapedStringOf(bytes, span);
  }
  return textOf(bytes, span.start + 1, span.end - 1); // The common case: what stands there is the text.
}

function escapedStringOf(bytes: Uint8Array, span: Span): string {
  const value = parseSpan(bytes, span);
  if (typeof value !== 'string') throw new JsonFault('a string should stand here', span.start);
  return value;
}
