/** What an event-stream frame says that it is, in the dialects that name their frames (Anthropic, Responses). */
import { encode, QUOTE, startsWithAt, textOf } from './bytes.ts';
import type { JsonObject } from './json-object.ts';
import type { OpenFrame } from './sse-scanner.ts';

/** The `type` in the data, or the event's name where the data has none. */
export const frameType = (object: JsonObject<'type'>, event: Uint8Array | undefined): string | undefined =>
  object.text('type') ?? (event && textOf(event));

const TYPE_FIRST = encode('{"type":"');

/** Longest name of a frame that is looked for, in bytes; the longest known ones have 50. */
const NAME_BYTES_MAX = 64;

/** What an incomplete frame says that it is, as far as its event's name or the first bytes of its data tell. */
export function headType(frame: OpenFrame): string | undefined {
  if (frame.event) return textOf(frame.event);
  if (!startsWithAt(frame.data, TYPE_FIRST, 0)) return undefined;
  const end = frame.data.subarray(0, TYPE_FIRST.length + NAME_BYTES_MAX).indexOf(QUOTE, TYPE_FIRST.length);
  return end < 0 ? undefined : textOf(frame.data, TYPE_FIRST.length, end);
}
