/** Splits an event stream into whole frames for the client: see `StreamFilter` in `dialect.ts`. */
import type { Passage, StreamFilter } from './dialect.ts';
import { GrowingBytes } from './growing-bytes.ts';
import { createSseScanner, FRAME_BYTES_MAX, type SseFrame } from './sse-scanner.ts';

/** Makes a filter that leaves out the frames for which `drops` is true. */
export function createStreamFilter(drops: (data: Uint8Array) => boolean): StreamFilter {
  const filter = new Filter(drops);
  return { push: (chunk, terminalAt) => filter.push(chunk, terminalAt), end: () => filter.end() };
}

const NOTHING = new Uint8Array(0);

class Filter {
  readonly #drops: (data: Uint8Array) => boolean;
  readonly #scanner = createSseScanner((frame) => this.#drop(frame));
  /** The incomplete frame at the end of the last chunk. */
  readonly #held = new GrowingBytes(FRAME_BYTES_MAX);
  /** The current frame outgrew the limit and is being passed on as it comes. */
  #isSpilling = false;
  #chunk: Uint8Array = NOTHING;
  #terminalAt: number | undefined;
  /** Up to here the chunk has been passed on or dropped. */
  #cursor = 0;
  #now: Uint8Array[] = [];
  #withheld: Uint8Array[] = [];

  constructor(drops: (data: Uint8Array) => boolean) {
    this.#drops = drops;
  }

  push(chunk: Uint8Array, terminalAt: number | undefined): Passage {
    this.#begin(chunk, terminalAt);
    this.#scanner.push(chunk);
    const boundary = this.#scanner.frameStart();
    if (boundary > 0) this.#isSpilling = false;
    this.#passUntil(boundary);
    this.#keepRest();
    return { now: this.#now, withheld: this.#withheld };
  }

  end(): Passage {
    this.#begin(NOTHING, 0);
    this.#scanner.end();
    this.#emitHeld();
    return { now: this.#now, withheld: this.#withheld };
  }

  #begin(chunk: Uint8Array, terminalAt: number | undefined): void {
    this.#chunk = chunk;
    this.#terminalAt = terminalAt;
    this.#cursor = 0;
    this.#now = [];
    this.#withheld = [];
  }

  #drop(frame: SseFrame): void {
    if (frame.isCut || this.#isSpilling || !this.#drops(frame.data)) return;
    if (frame.startsAt > 0) this.#passUntil(frame.startsAt);
    else this.#held.take();
    this.#cursor = frame.endsAt;
  }

  #passUntil(end: number): void {
    if (end <= this.#cursor) return;
    this.#emitHeld();
    this.#emit(this.#chunk.subarray(this.#cursor, end), this.#cursor);
    this.#cursor = end;
  }

  /** What follows the last whole frame waits for its rest, unless it has outgrown the limit. */
  #keepRest(): void {
    const rest = this.#chunk.subarray(this.#cursor);
    if (!this.#isSpilling && this.#held.length + rest.length <= FRAME_BYTES_MAX) {
      this.#held.append(rest);
      return;
    }
    this.#isSpilling = true;
    this.#emitHeld();
    this.#emit(rest, this.#cursor);
  }

  /** What is held lies before the chunk: it is part of the last frame only if that began in an earlier chunk. */
  #emitHeld(): void {
    const held = this.#held.take();
    this.#emit(held, this.#terminalAt === 0 ? 0 : -held.length);
  }

  #emit(bytes: Uint8Array, at: number): void {
    if (bytes.length === 0) return;
    const split = this.#terminalAt === undefined ? bytes.length : Math.min(bytes.length, Math.max(0, this.#terminalAt - at));
    if (split > 0) this.#now.push(bytes.subarray(0, split));
    if (split < bytes.length) this.#withheld.push(bytes.subarray(split));
  }
}
