/**
 * Finds the frames of an event stream in bytes that are cut anywhere: LF, CRLF and CR, comments, `data:` with and without a space, several
 * data lines, a byte order mark, a last frame without its blank line. A frame that lies in one chunk is not copied. Memory is bounded: of a
 * frame past the limit only the head is kept, and the frame says so.
 */
import { COLON, CR, encode, LF, searchable, SPACE, startsWithAt } from './bytes.ts';
import { GrowingBytes } from './growing-bytes.ts';

/**
 * Largest frame that is read. A frame may carry a whole answer with images in base64 (several megabytes each); beyond that it is no answer
 * that anybody's client would take, and a hundred such streams must still fit into memory.
 */
export const FRAME_BYTES_MAX = 16_777_216;

/** One frame of an event stream. */
export interface SseFrame {
  /** Bytes of its `event:` field; undefined where it has none. */
  readonly event: Uint8Array | undefined;
  /** Bytes of its data; several data lines are joined by LF. Valid until the next push. */
  readonly data: Uint8Array;
  /** Offset in the chunk being pushed at which the frame begins; 0 where it began in an earlier chunk. */
  readonly startsAt: number;
  /** Offset in the chunk being pushed that follows the frame's blank line. */
  readonly endsAt: number;
  /** The frame was past the limit: `data` is only its head. */
  readonly isCut: boolean;
}

/** What is known of a frame that is not complete yet. */
export interface OpenFrame extends Omit<SseFrame, 'endsAt'> {
  /** Whether a line break has followed the data; otherwise more of it may come. */
  readonly hasWholeLine: boolean;
}

/** Finds frames in bytes. */
export interface FrameScanner {
  readonly push: (chunk: Uint8Array) => void;
  /** The stream has ended: a frame that lacks its blank line, or even its line break, is delivered. */
  readonly end: () => void;
  /** The frame that the last chunk left incomplete, if it has data or an event name. */
  readonly open: () => OpenFrame | undefined;
}

/** Finds frames in an event stream. */
export interface SseScanner extends FrameScanner {
  /** Offset in the last chunk at which its last, incomplete frame begins: the chunk's length where every frame is complete, 0 where it began earlier. */
  readonly frameStart: () => number;
}

const DATA = encode('data');
const EVENT = encode('event');
const BYTE_ORDER_MARK = new Uint8Array([0xef, 0xbb, 0xbf]);
const LINE_BREAK = new Uint8Array([LF]);
const NOTHING = new Uint8Array(0);

/** The value of a field line, or undefined where the line is another field's or a comment. */
function fieldValue(line: Uint8Array, name: Uint8Array): Uint8Array | undefined {
  if (!startsWithAt(line, name, 0)) return undefined;
  if (line.length === name.length) return line.subarray(name.length);
  if (line[name.length] !== COLON) return undefined;
  return line.subarray(line[name.length + 1] === SPACE ? name.length + 2 : name.length + 1);
}

/** Makes a scanner that calls `onFrame` for every frame that has data, in order, while the chunk is being pushed. */
export function createSseScanner(onFrame: (frame: SseFrame) => void): SseScanner {
  const scan = new Scan(onFrame);
  return { push: (chunk) => scan.push(chunk), end: () => scan.end(), frameStart: () => scan.startsAt, open: () => scan.open() };
}

class Scan {
  readonly #onFrame: (frame: SseFrame) => void;
  /** The line that the last chunk ended in. */
  readonly #line = new GrowingBytes(FRAME_BYTES_MAX);
  /** The frame's data while it is one line, as a view of the chunk where possible. */
  #data: Uint8Array | undefined;
  /** The frame's data once there is a second line. */
  readonly #lines = new GrowingBytes(FRAME_BYTES_MAX);
  #event: Uint8Array | undefined;
  /** `#data` or `#event` lie in the memory of the chunk that is being pushed. */
  #isBorrowed = false;
  #isCut = false;
  #startsAt = 0;
  #isFirstLine = true;
  /** The last chunk ended in CR: a LF at the start of the next belongs to it. */
  #endedInCr = false;

  constructor(onFrame: (frame: SseFrame) => void) {
    this.#onFrame = onFrame;
  }

  get startsAt(): number {
    return this.#startsAt;
  }

  push(chunk: Uint8Array): void {
    const bytes = searchable(chunk);
    let at = this.#endedInCr && bytes[0] === LF ? 1 : 0;
    if (bytes.length > 0) this.#endedInCr = false;
    this.#startsAt = this.#isEmpty() ? at : 0;
    let lf = bytes.indexOf(LF, at);
    let cr = bytes.indexOf(CR, at);
    while (lf >= 0 || cr >= 0) {
      const end = cr < 0 || (lf >= 0 && lf < cr) ? lf : cr;
      const after = this.#afterBreak(bytes, end);
      this.#takeLine(bytes.subarray(at, end), after);
      at = after;
      if (lf >= 0 && lf < at) lf = bytes.indexOf(LF, at);
      if (cr >= 0 && cr < at) cr = bytes.indexOf(CR, at);
    }
    this.#line.append(bytes.subarray(at));
    this.#keepData();
  }

  end(): void {
    this.#startsAt = 0;
    if (this.#line.length > 0) this.#takeLine(NOTHING, 0);
    this.#dispatch(0);
  }

  open(): OpenFrame | undefined {
    const partial = this.#line.length > 0 ? fieldValue(this.#line.view(), DATA) : undefined;
    const data = this.#wholeLines();
    if (!data && !partial && !this.#event) return undefined;
    return {
      event: this.#event,
      data: data ?? partial ?? NOTHING,
      startsAt: this.#startsAt,
      isCut: this.#isCut || this.#line.isCut,
      hasWholeLine: data !== undefined,
    };
  }

  #isEmpty(): boolean {
    return this.#line.length === 0 && !this.#data && !this.#event;
  }

  #afterBreak(bytes: Uint8Array, at: number): number {
    if (bytes[at] !== CR) return at + 1;
    if (at + 1 === bytes.length) this.#endedInCr = true;
    return bytes[at + 1] === LF ? at + 2 : at + 1;
  }

  #takeLine(rest: Uint8Array, after: number): void {
    let line = rest;
    if (this.#line.length > 0) {
      this.#line.append(rest);
      this.#isCut ||= this.#line.isCut;
      line = this.#line.take();
    }
    if (this.#isFirstLine && startsWithAt(line, BYTE_ORDER_MARK, 0)) line = line.subarray(BYTE_ORDER_MARK.length);
    this.#isFirstLine = false;
    if (line.length > 0) {
      this.#takeField(line);
      return;
    }
    this.#dispatch(after);
    this.#startsAt = after;
  }

  #takeField(line: Uint8Array): void {
    this.#isBorrowed = true;
    const data = fieldValue(line, DATA);
    if (!data) this.#event = fieldValue(line, EVENT) ?? this.#event;
    else if (!this.#data) this.#data = data;
    else this.#addLine(this.#data, data);
  }

  /** The data of a second or later line; `first` is kept apart only until then. */
  #addLine(first: Uint8Array, data: Uint8Array): void {
    if (this.#lines.length === 0) this.#lines.append(first);
    this.#lines.append(LINE_BREAK);
    this.#lines.append(data);
    this.#isCut ||= this.#lines.isCut;
  }

  #wholeLines(): Uint8Array | undefined {
    return this.#lines.length > 0 ? this.#lines.view() : this.#data;
  }

  #dispatch(endsAt: number): void {
    const data = this.#wholeLines();
    const frame = { event: this.#event, startsAt: this.#startsAt, endsAt, isCut: this.#isCut };
    if (this.#lines.length > 0) this.#lines.take();
    this.#data = undefined;
    this.#event = undefined;
    this.#isCut = false;
    if (data) this.#onFrame({ ...frame, data });
  }

  /** Data and event of an incomplete frame outlive the chunk, whose memory is the caller's. */
  #keepData(): void {
    if (!this.#isBorrowed) return;
    if (this.#data) this.#data = new Uint8Array(this.#data);
    if (this.#event) this.#event = new Uint8Array(this.#event);
    this.#isBorrowed = false;
  }
}
