/** Finds the elements of a JSON array in bytes that are cut anywhere: Gemini streams without `alt=sse` are one array, an element a frame. */
import { asBuffer, BACKSLASH, QUOTE } from './bytes.ts';
import { GrowingBytes } from './growing-bytes.ts';
import { FRAME_BYTES_MAX, type FrameScanner, type SseFrame } from './sse-scanner.ts';

const OPENERS = new Set([0x7b, 0x5b]);
const CLOSERS = new Set([0x7d, 0x5d]);

/** Makes a scanner that calls `onFrame` for every object or array that is an element of the body's one array. */
export function createJsonArrayScanner(onFrame: (frame: SseFrame) => void): FrameScanner {
  const held = new GrowingBytes(FRAME_BYTES_MAX);
  /** Brackets that are open, the array's own included; an element is complete when one is left. */
  let depth = 0;
  let isInString = false;
  let isEscaped = false;

  const deliver = (element: Uint8Array, startsAt: number, endsAt: number): void => {
    held.append(element);
    const isCut = held.isCut;
    onFrame({ event: undefined, data: held.take(), startsAt, endsAt, isCut });
  };

  const push = (chunk: Uint8Array): void => {
    const bytes = asBuffer(chunk);
    let start = depth > 1 ? 0 : -1;
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      if (isInString) {
        if (isEscaped) isEscaped = false;
        else if (byte === BACKSLASH) isEscaped = true;
        else if (byte === QUOTE) isInString = false;
      } else if (byte === QUOTE) isInString = true;
      else if (OPENERS.has(byte)) {
        depth++;
        if (depth === 2) start = at;
      } else if (CLOSERS.has(byte)) {
        depth--;
        if (depth === 1) deliver(bytes.subarray(start, at + 1), held.length > 0 ? 0 : start, at + 1);
        if (depth <= 1) start = -1;
      }
    }
    if (start >= 0) held.append(bytes.subarray(start));
  };

  return { push, end: () => undefined, open: () => undefined };
}
