/** One answer of a provider as the relay uses it: what the client gets now, what is withheld, and what the tap has read from the same bytes. */
import { unreachable } from '@lurus/base/assert';
import type { Ask, Dialect, Passage, StreamFilter, Tap, TapPhase, TapReport } from '@lurus/dialects/dialect';
import type { AnswerHead, Piece, UpstreamAnswer, UpstreamFailure } from '@lurus/upstream/upstream-answer';

/** How an answer came to its end: as the tap saw it, or as the connection did. */
export type MeteredEnd = 'whole' | 'error inside' | 'garbage' | 'cut' | 'silent' | 'stopped';

export interface MeteredAnswerInput {
  readonly upstream: UpstreamAnswer;
  readonly head: AnswerHead;
  readonly dialect: Dialect;
  readonly ask: Ask;
  /** Usage was asked for on the client's behalf, so the frame that brings it is not the client's. */
  readonly dropsUsage: boolean;
}

/** An answer that is no stream is kept whole until it can be given out; the largest ones hold pictures. */
const WHOLE_BYTES_MAX = 67_108_864;

/** Frames kept back while it is open whether the answer will be used: no provider has as many before its first word. */
const UNDECIDED_BYTES_MAX = 1_048_576;

/** Guards the order of an answer's bytes: `now` before `withheld`, each taken once. */
export class MeteredAnswer {
  readonly head: AnswerHead;
  /** Whether the body is an event stream. */
  readonly isStream: boolean;
  readonly #upstream: UpstreamAnswer;
  readonly #tap: Tap;
  readonly #filter: StreamFilter | undefined;
  #now: Uint8Array[] = [];
  #withheld: Uint8Array[] = [];
  #keptBytes = 0;
  #phase: TapPhase = 'undecided';
  #end: MeteredEnd | undefined;
  #failure: UpstreamFailure | undefined;
  #isOver = false;

  constructor({ upstream, head, dialect, ask, dropsUsage }: MeteredAnswerInput) {
    this.head = head;
    this.isStream = isEventStream(head.headers['content-type'], ask);
    this.#upstream = upstream;
    this.#tap = dialect.createTap({ isStream: this.isStream, operation: ask.operation });
    this.#filter = this.isStream ? dialect.createFilter({ dropsUsage }) : undefined;
  }

  /** How the answer came to its end, undefined while it goes on. Known before the provider's last byte: the tap recognises the last frame. */
  get end(): MeteredEnd | undefined {
    return this.#end;
  }

  /** Whether nothing more will come from the provider. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether the answer can no longer be replaced by another provider's. */
  get isDecided(): boolean {
    return this.#phase !== 'undecided' || this.#end !== undefined || (this.isStream && this.#keptBytes > UNDECIDED_BYTES_MAX);
  }

  get failure(): UpstreamFailure | undefined {
    return this.#failure;
  }

  /** What the tap has read so far. */
  report(): TapReport {
    return this.#tap.report();
  }

  /** Takes in the provider's next piece, waiting for it. */
  async advance(): Promise<void> {
    this.#take(await this.#upstream.next());
    // What has arrived with it is taken along, so that a burst costs one turn.
    for (let piece = this.#queued(); piece; piece = this.#queued()) this.#take(piece);
  }

  /** Bytes that the client may have now. */
  takeNow(): readonly Uint8Array[] {
    const taken = this.#now;
    this.#now = [];
    return taken;
  }

  /** Bytes that the client may have once the settlement is durable. */
  takeWithheld(): readonly Uint8Array[] {
    const taken = this.#withheld;
    this.#withheld = [];
    return taken;
  }

  stop(why: string): void {
    this.#upstream.stop(why);
  }

  #queued(): Piece | undefined {
    return this.#isOver ? undefined : this.#upstream.take();
  }

  #take(piece: Piece): void {
    switch (piece.kind) {
      case 'bytes':
        this.#takeBytes(piece.bytes);
        return;
      case 'end':
        this.#takeEnd();
        return;
      case 'failure':
        this.#isOver = true;
        this.#failure = piece.failure;
        this.#end ??= endOfFailure(piece.failure);
        return;
      case 'head':
        throw new Error('assertion failed: an answer has one head');
      default:
        unreachable(piece, 'piece of an answer');
    }
  }

  #takeBytes(bytes: Uint8Array): void {
    const { phase, terminalAt } = this.#tap.push(bytes);
    this.#keptBytes += bytes.length;
    this.#phase = phase;
    if (phase === 'terminal') this.#end ??= 'whole';
    if (phase === 'error') this.#end ??= 'error inside';
    if (this.#filter) {
      this.#pass(this.#filter.push(bytes, terminalAt));
      return;
    }
    this.#withheld.push(bytes);
    if (this.#keptBytes > WHOLE_BYTES_MAX) {
      this.#end ??= 'garbage';
      this.#upstream.stop(`the answer is larger than ${WHOLE_BYTES_MAX} bytes`);
    }
  }

  #takeEnd(): void {
    this.#isOver = true;
    const { phase } = this.#tap.end();
    this.#phase = phase;
    this.#end ??= this.#endOfBody(phase);
    if (this.#end === 'whole' || this.#end === 'error inside') this.#pass(this.#filter?.end());
  }

  #endOfBody(phase: TapPhase): MeteredEnd {
    if (phase === 'terminal') return 'whole';
    if (phase === 'error') return 'error inside';
    return this.#tap.report().isGarbage ? 'garbage' : 'cut';
  }

  #pass(passage: Passage | undefined): void {
    if (!passage) return;
    this.#now.push(...passage.now);
    this.#withheld.push(...passage.withheld);
  }
}

function isEventStream(contentType: string | string[] | undefined, ask: Ask): boolean {
  const type = typeof contentType === 'string' ? contentType : '';
  // Some providers send a stream without saying so.
  return type === '' ? ask.isStream : /^text\/event-stream\b/i.test(type);
}

function endOfFailure(failure: UpstreamFailure): MeteredEnd {
  if (failure.kind === 'stopped') return 'stopped';
  return failure.kind === 'silence' || failure.kind === 'first byte' ? 'silent' : 'cut';
}
