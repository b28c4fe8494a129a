/**
 * The tap that all dialects share: it finds out what kind of body comes (event stream, JSON, JSON array), cuts it into frames, hands each to
 * the dialect's reader, and keeps the phase. What a frame means is the reader's business alone.
 */
import { contains, encode, joinBytes } from './bytes.ts';
import type { Tap, TapPhase, TapStep } from './dialect.ts';
import { type Findings, noFindings } from './findings.ts';
import { createJsonArrayScanner } from './json-array-scanner.ts';
import { JsonFault } from './json-skip.ts';
import { createSseScanner, type FrameScanner, type OpenFrame, type SseFrame } from './sse-scanner.ts';

/**
 * What a frame means. `nothing`: nothing to show (a ping, the start). `closing`: content, and from here on the answer may be whole, so that
 * bytes are withheld until the body ends (Gemini). `unknown`: no frame of this dialect.
 */
export type FrameMeaning = 'unknown' | 'nothing' | 'content' | 'closing' | 'error' | 'terminal';

/** How a dialect reads answers. May throw JsonFault at bytes that are no JSON. */
export interface AnswerReader {
  readonly readFrame: (findings: Findings, frame: SseFrame) => FrameMeaning;
  /** Reads a whole JSON answer: `terminal`, `error` or `unknown`. */
  readonly readAnswer: (findings: Findings, body: Uint8Array) => FrameMeaning;
  /** Whether an incomplete frame is known to be the last, or an error, already. */
  readonly isLastFrame: (frame: OpenFrame) => boolean;
  /** Whether an event stream that ended without its terminal frame is a whole answer all the same. */
  readonly isWhole: (findings: Findings) => boolean;
  /** Whether the answer may come as a JSON array with a frame an element. */
  readonly readsArrays: boolean;
}

/**
 * Largest JSON answer that is read. Answers with images run to tens of megabytes; past it the answer is passed on unread and its usage is
 * suspect.
 */
export const ANSWER_BYTES_MAX = 67_108_864;

const USAGE = encode('sage'); // `usage` and `usageMetadata`, whatever the case of the first letter.
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;

/** Makes a tap. `isStream` decides only where the first byte does not. */
export function createAnswerTap(reader: AnswerReader, isStream: boolean): Tap {
  const tap = new AnswerTap(reader, isStream);
  return { push: (chunk) => tap.push(chunk), end: () => ({ phase: tap.end() }), report: () => ({ ...tap.findings }) };
}

class AnswerTap {
  readonly findings = noFindings();
  readonly #reader: AnswerReader;
  readonly #isStream: boolean;
  #scanner: FrameScanner | undefined;
  /** The body is JSON and is collected here. */
  #body: Uint8Array[] | undefined;
  #bodyBytes = 0;
  #phase: TapPhase = 'undecided';
  #terminalAt: number | undefined;
  #wasRecognised = false;
  /** Size of the incomplete frame's data when it was last looked at; -1 where its line was not whole. */
  #lookedAt = -1;

  constructor(reader: AnswerReader, isStream: boolean) {
    this.#reader = reader;
    this.#isStream = isStream;
  }

  push(chunk: Uint8Array): TapStep {
    if (this.#terminalAt !== undefined) this.#terminalAt = 0;
    if (!this.#scanner && !this.#body) this.#choose(chunk);
    if (this.#body) this.#collect(chunk);
    else if (this.#scanner) this.#scan(this.#scanner, chunk);
    return { phase: this.#phase, terminalAt: this.#terminalAt };
  }

  end(): TapPhase {
    if (this.#body) this.#readBody(this.#body);
    this.#scanner?.end();
    if (this.#phase === 'content' && this.#scanner && this.#reader.isWhole(this.findings)) this.#phase = 'terminal';
    this.findings.isGarbage = !this.#wasRecognised;
    return this.#phase;
  }

  /** JSON begins with a bracket; no line of an event stream does. */
  #choose(chunk: Uint8Array): void {
    const first = chunk.find((byte) => byte > 0x20);
    if (first === undefined) return;
    const isArray = first === OPEN_BRACKET && this.#reader.readsArrays;
    if (first === OPEN_BRACE || (first === OPEN_BRACKET && !isArray)) this.#body = [];
    else if (isArray) this.#scanner = createJsonArrayScanner((frame) => this.#take(frame));
    else if (this.#isStream || looksLikeEventStream(first)) this.#scanner = createSseScanner((frame) => this.#take(frame));
    else this.#body = [];
  }

  #collect(chunk: Uint8Array): void {
    this.#bodyBytes += chunk.length;
    if (this.#bodyBytes <= ANSWER_BYTES_MAX) {
      this.#body?.push(chunk);
      return;
    }
    this.#body = [];
    this.#phase = 'content';
    this.#wasRecognised = true;
    this.findings.isUsageSuspect = true;
  }

  #readBody(pieces: readonly Uint8Array[]): void {
    if (this.#bodyBytes > ANSWER_BYTES_MAX) {
      this.#phase = 'terminal';
      return;
    }
    try {
      this.#move(this.#reader.readAnswer(this.findings, joinBytes(pieces)), 0);
    } catch (fault) {
      if (!(fault instanceof JsonFault)) throw fault; // Broken JSON is garbage; nothing of it was recognised.
    }
  }

  #scan(scanner: FrameScanner, chunk: Uint8Array): void {
    scanner.push(chunk);
    if (this.#terminalAt !== undefined) return;
    const open = scanner.open();
    const size = open?.hasWholeLine ? open.data.length : -1;
    // A whole line is looked at once, or a large one that is followed by single bytes would be read over and over.
    if (open && (size < 0 || size !== this.#lookedAt) && this.#reader.isLastFrame(open)) this.#terminalAt = open.startsAt;
    this.#lookedAt = size;
  }

  #take(frame: SseFrame): void {
    if (frame.isCut) this.findings.isUsageSuspect = true;
    try {
      this.#move(this.#reader.readFrame(this.findings, frame), frame.startsAt);
    } catch (fault) {
      if (!(fault instanceof JsonFault)) throw fault;
      if (frame.isCut && this.#reader.isLastFrame({ ...frame, hasWholeLine: true })) this.#move('terminal', frame.startsAt);
      // A frame that cannot be read is no reason to stop relaying; only usage that may have stood in it is lost.
      if (contains(frame.data, USAGE)) this.findings.isUsageSuspect = true;
    }
  }

  #move(meaning: FrameMeaning, startsAt: number): void {
    if (meaning === 'unknown') return;
    this.#wasRecognised = true;
    if (meaning === 'nothing' || this.#phase === 'error' || this.#phase === 'terminal') return;
    this.#phase = meaning === 'closing' ? 'content' : meaning;
    if (meaning !== 'content') this.#terminalAt ??= startsAt;
  }
}

/** Letters that lines of an event stream begin with: data, event, id, retry, a comment, a byte order mark. */
const looksLikeEventStream = (first: number): boolean => 'deir:\u00ef'.includes(String.fromCharCode(first));
