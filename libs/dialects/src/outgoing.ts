/** Makes the request that goes upstream out of the one that came, changing as few bytes as can be. */
import { encode } from './bytes.ts';
import type { RelayRequest } from './dialect.ts';
import type { JsonObject } from './json-object.ts';
import type { Span } from './json-skip.ts';
import { parseSpan } from './json-object.ts';

/** Bytes to put in the place of a span; an empty span inserts. */
export interface Edit extends Span {
  readonly bytes: Uint8Array;
}

/** The body with the edits made; the same object where there are none. Edits must not overlap. */
export function edited(body: Uint8Array, edits: readonly Edit[]): Uint8Array {
  if (edits.length === 0) return body;
  const ordered = edits.toSorted((left, right) => left.start - right.start);
  const grown = ordered.reduce((sum, edit) => sum + edit.bytes.length - (edit.end - edit.start), body.length);
  const result = new Uint8Array(grown);
  let read = 0;
  let written = 0;
  for (const edit of ordered) {
    result.set(body.subarray(read, edit.start), written);
    written += edit.start - read;
    result.set(edit.bytes, written);
    written += edit.bytes.length;
    read = edit.end;
  }
  result.set(body.subarray(read), written);
  return result;
}

/**
 * What renames the model: an edit for every top-level `model` that says something else, repeats included, so that no parser of the
 * provider's can pick another model than the one that is charged.
 */
export function modelEdits(body: JsonObject<'model'>, model: string): Edit[] {
  const last = body.span('model');
  const spans = [...body.repeats('model'), ...(last ? [last] : [])];
  return spans.filter((span) => parseSpan(body.bytes, span) !== model).map((span) => ({ ...span, bytes: encode(JSON.stringify(model)) }));
}

/** The query to send, with its `?`. `key` is how Gemini clients may present their key to the gateway: it goes no further. */
export function outgoingQuery(request: RelayRequest): string {
  const query = new URLSearchParams(request.query);
  query.delete('key');
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}
