/** One answer of a provider while it arrives: its head, then its body piece by piece, in bounded memory. */
import type { Transform } from 'node:stream';
import type { Dispatcher } from 'undici';
import { createBodyDecoder } from './body-decoder.ts';
import type { CallTimeouts } from './provider-call.ts';
import type { ReceivedHeaders } from './response-headers.ts';

/**
 * How an answer failed. `connect`: no connection, the request was never sent. `first byte` and `silence`: a wait was too long.
 * `cut`: the connection broke. `stopped`: we gave it up ourselves.
 */
export interface UpstreamFailure {
  readonly kind: 'connect' | 'first byte' | 'silence' | 'cut' | 'stopped';
  /** For operators; may hold an address of a provider, so it is not shown to clients. */
  readonly message: string;
}

/** The status and the headers (lower-case names) that an answer begins with. */
export interface AnswerHead {
  readonly status: number;
  readonly headers: ReceivedHeaders;
}

/** The next thing that happened to an answer; after `end` and `failure` nothing follows. */
export type Piece =
  | { readonly kind: 'head'; readonly head: AnswerHead }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'end' }
  | { readonly kind: 'failure'; readonly failure: UpstreamFailure };

/** Bytes that wait for their reader before the provider is told to pause: some dozens of frames, so that a hiccup does not stop the flow. */
const QUEUED_BYTES_MAX = 262_144;

const END: Piece = { kind: 'end' };

/** What the answer's reader may do with it. */
export class UpstreamAnswer implements Dispatcher.DispatchHandler {
  readonly #timeouts: CallTimeouts;
  readonly #queue: Piece[] = [];
  #queuedBytes = 0;
  #controller: Dispatcher.DispatchController | undefined;
  /** Only for bodies that come compressed. */
  #decoder: Transform | undefined;
  #timer: NodeJS.Timeout;
  #wake: ((piece: Piece) => void) | undefined;
  #last: Piece | undefined;
  #hasFirstByte = false;
  #isPaused = false;

  constructor(timeouts: CallTimeouts) {
    this.#timeouts = timeouts;
    this.#timer = setTimeout(this.#onTimer, timeouts.firstByteMs);
  }

  /** Whether any byte of the body has arrived. */
  get hasFirstByte(): boolean {
    return this.#hasFirstByte;
  }

  /** The next piece if it is there already. */
  take(): Piece | undefined {
    const piece = this.#queue.shift();
    if (piece === undefined) return this.#last;
    if (piece.kind === 'bytes') {
      this.#queuedBytes -= piece.bytes.length;
      if (this.#isPaused && this.#queuedBytes < QUEUED_BYTES_MAX / 2) this.#resume();
    }
    return piece;
  }

  /** The next piece, waiting for it. One reader at a time. */
  next(): Promise<Piece> | Piece {
    return (
      this.take() ??
      new Promise((resolve) => {
        this.#wake = resolve;
      })
    );
  }

  /** Gives the answer up: pieces that were not read are dropped, the connection is closed, the reader gets a `stopped` failure. */
  stop(why: string): void {
    if (this.#last) return;
    this.#queue.length = 0;
    this.#finish({ kind: 'failure', failure: { kind: 'stopped', message: why } });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#last) controller.abort(new Error('the answer is not wanted any more'));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: ReceivedHeaders): void {
    if (status < 200) return;
    this.#decoder = createBodyDecoder(headers['content-encoding']);
    this.#decoder
      ?.on('data', (bytes: Uint8Array) => this.#pushBytes(bytes))
      .once('end', () => this.#finish(END))
      .once('error', (error) => this.#finish({ kind: 'failure', failure: { kind: 'cut', message: describe(error) } }));
    this.#push({ kind: 'head', head: { status, headers } });
  }

  onResponseData(_controller: Dispatcher.DispatchController, bytes: Uint8Array): void {
    if (this.#last || bytes.length === 0) return;
    if (this.#hasFirstByte) this.#timer.refresh();
    else this.#startSilence();
    if (this.#decoder) this.#decoder.write(bytes);
    else this.#pushBytes(bytes);
  }

  onResponseEnd(): void {
    if (this.#decoder) this.#decoder.end();
    else this.#finish(END);
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    this.#finish({ kind: 'failure', failure: { kind: this.#controller ? 'cut' : 'connect', message: describe(error) } });
  }

  #pushBytes(bytes: Uint8Array): void {
    this.#push({ kind: 'bytes', bytes });
    if (this.#queuedBytes > QUEUED_BYTES_MAX) this.#pause();
  }

  #push(piece: Piece): void {
    if (this.#last) return;
    const wake = this.#wake;
    if (wake) {
      this.#wake = undefined;
      wake(piece);
      return;
    }
    this.#queue.push(piece);
    if (piece.kind === 'bytes') this.#queuedBytes += piece.bytes.length;
  }

  #finish(piece: Piece): void {
    if (this.#last) return;
    clearTimeout(this.#timer);
    this.#last = piece;
    if (piece.kind === 'failure') this.#decoder?.destroy();
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.(piece);
    // To undici, aborting an answer that has ended is nothing.
    if (piece.kind === 'failure') this.#controller?.abort(new Error(piece.failure.message));
  }

  #startSilence(): void {
    this.#hasFirstByte = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#onTimer, this.#timeouts.silenceMs);
  }

  readonly #onTimer = (): void => {
    // While we do not read, the provider cannot speak: that silence is ours.
    if (this.#isPaused) {
      this.#timer.refresh();
      return;
    }
    const failure: UpstreamFailure = this.#hasFirstByte
      ? { kind: 'silence', message: `no byte for ${this.#timeouts.silenceMs} ms` }
      : { kind: 'first byte', message: `no answer within ${this.#timeouts.firstByteMs} ms` };
    this.#finish({ kind: 'failure', failure });
  };

  #pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#decoder?.pause();
    this.#controller?.pause();
  }

  #resume(): void {
    this.#isPaused = false;
    this.#timer.refresh();
    this.#decoder?.resume();
    this.#controller?.resume();
  }
}

function describe(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return `${code}: ${error.message}`;
}
