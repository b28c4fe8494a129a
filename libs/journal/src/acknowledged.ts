/**
 * The append path: publishes that must be acknowledged, many at once over one connection. One inbox subscription, a map and one timer serve
 * them all; the client library's own publish costs five times the CPU, for two Error objects and a timer a call.
 */
import type { Clock } from '@lurus/base/clock';
import { createInbox, errors, type Msg, type MsgHdrs, type NatsConnection, type Subscription } from '@nats-io/transport-node';
import { APPEND_BACKOFF_MS, APPEND_RETRY_MS, APPEND_SWEEP_MS } from './limits.ts';
import { journalAway, journalFull, journalRefused } from './problems.ts';

/** One message that must be acknowledged. */
export interface Publish {
  readonly subject: string;
  readonly payload: string;
  readonly headers: MsgHdrs;
  readonly timeoutMs: number;
  /** For error texts: `hold.placed 01J…`. */
  readonly what: string;
}

/** What a stream said: stored, or not and never. */
export type Acknowledgement =
  | { readonly isStored: true; readonly stream: string; readonly sequence: number; readonly isDuplicate: boolean }
  | { readonly isStored: false; readonly isRetryable: boolean; readonly errorCode: number; readonly error: string };

/** The server's number for "this stream is at its limit and drops nothing" (JSStreamStoreFailedF). */
export const STREAM_FULL = 10_077;

/** The server's number for "the subject's last sequence is another one" (JSStreamWrongLastSequenceErrF). */
export const WRONG_LAST_SEQUENCE = 10_071;

interface Waiting extends Publish {
  readonly resolve: (acknowledgement: Acknowledgement) => void;
  readonly reject: (error: Error) => void;
  readonly deadlineMs: number;
  resendAtMs: number;
  lastFault: string;
}

/** What a publisher works with. */
export interface PublisherInput {
  readonly nc: NatsConnection;
  readonly clock: Clock;
  readonly inboxPrefix: string;
  readonly inFlightMax: number;
  readonly isConnected: () => boolean;
}

/** One a connection. Its owner tells it when the connection comes back and when the server refuses a subject. */
export class AcknowledgedPublisher {
  readonly #input: PublisherInput;
  readonly #waiting = new Map<string, Waiting>();
  readonly #inbox: string;
  readonly #subscription: Subscription;
  readonly #timer: NodeJS.Timeout;
  #tokens = 0;
  #isClosed = false;

  constructor(input: PublisherInput) {
    this.#input = input;
    this.#inbox = `${createInbox(input.inboxPrefix)}.`;
    this.#subscription = input.nc.subscribe(`${this.#inbox}*`, {
      callback: (error, message) => {
        if (error) this.#refuse(() => true, { error, why: 'its user may not listen for acknowledgements' });
        else this.#onAnswer(message.subject.slice(this.#inbox.length), message);
      },
    });
    this.#timer = setInterval(() => this.#sweep(), APPEND_SWEEP_MS);
    this.#timer.unref();
  }

  get inFlight(): number {
    return this.#waiting.size;
  }

  /**
   * Publishes until the server acknowledges or the time is up, always the same bytes: what must not be stored twice carries a Nats-Msg-Id.
   * Rejects with journalAway, journalFull or (permissions) journalRefused.
   */
  publish(request: Publish): Promise<Acknowledgement> {
    const { promise, resolve, reject } = Promise.withResolvers<Acknowledgement>();
    if (this.#isClosed) {
      reject(journalAway({ what: request.what, why: 'the connection was closed' }));
    } else if (this.#waiting.size >= this.#input.inFlightMax) {
      reject(journalFull({ what: request.what, why: `${this.#waiting.size} appends already wait for their acknowledgement` }));
    } else {
      const token = (this.#tokens++).toString(36);
      const deadlineMs = this.#input.clock.nowMs() + request.timeoutMs;
      const entry = { ...request, resolve, reject, deadlineMs, resendAtMs: 0, lastFault: 'no acknowledgement came' };
      this.#waiting.set(token, entry);
      this.#send(token, entry);
    }
    return promise;
  }

  /** The connection is back: everything unacknowledged is sent again at once, in its order. */
  resendAll(): void {
    for (const [token, request] of this.#waiting) this.#send(token, request);
  }

  /** The server said, on the connection and without naming the message, that this subject is not allowed. */
  refuseSubject(subject: string, error: Error): void {
    this.#refuse((request) => request.subject === subject, { error, why: 'its user may not publish to the subject' });
  }

  /** Rejects what is left with journalAway. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#subscription.unsubscribe();
    for (const request of this.#waiting.values()) {
      request.reject(journalAway({ what: request.what, why: 'the connection was closed' }));
    }
    this.#waiting.clear();
  }

  #send(token: string, request: Waiting): void {
    request.resendAtMs = this.#input.clock.nowMs() + APPEND_RETRY_MS;
    // While the connection is away nothing is handed to the client library: it would only buffer what resendAll sends anyway.
    if (!this.#input.isConnected()) return;
    try {
      this.#input.nc.publish(request.subject, request.payload, { headers: request.headers, reply: this.#inbox + token });
    } catch (cause) {
      if (!(cause instanceof errors.InvalidArgumentError)) return; // The connection closed just now; the sweep decides.
      this.#waiting.delete(token);
      request.reject(journalRefused({ what: request.what, why: cause.message }, { cause }));
    }
  }

  #onAnswer(token: string, message: Msg): void {
    const request = this.#waiting.get(token);
    if (!request) return; // A second acknowledgement, of a repeat.
    const acknowledgement = readAcknowledgement(message);
    if (acknowledgement.isStored || !acknowledgement.isRetryable) {
      this.#waiting.delete(token);
      request.resolve(acknowledgement);
      return;
    }
    request.lastFault = acknowledgement.error;
    request.resendAtMs = this.#input.clock.nowMs() + APPEND_BACKOFF_MS;
  }

  #sweep(): void {
    const nowMs = this.#input.clock.nowMs();
    for (const [token, request] of this.#waiting) {
      if (nowMs >= request.deadlineMs) {
        this.#waiting.delete(token);
        request.reject(journalAway({ what: request.what, why: `${request.lastFault}, for ${request.timeoutMs} ms` }));
      } else if (nowMs >= request.resendAtMs) this.#send(token, request);
    }
  }

  #refuse(concerns: (request: Waiting) => boolean, fault: { readonly error: Error; readonly why: string }): void {
    for (const [token, request] of this.#waiting) {
      if (!concerns(request)) continue;
      this.#waiting.delete(token);
      request.reject(journalRefused({ what: request.what, why: fault.why }, { cause: fault.error }));
    }
  }
}

/** What the server writes. Strictly parsed only as far as it is used: this runs for every event. */
interface Answer {
  readonly stream?: string;
  readonly seq?: number;
  readonly duplicate?: boolean;
  readonly error?: { readonly code: number; readonly err_code?: number; readonly description?: string };
}

function readAcknowledgement(message: Msg): Acknowledgement {
  // Without any responder the server answers at once, with a status and no body: no leader just now, or no such stream.
  if (message.data.length === 0) return { isStored: false, isRetryable: true, errorCode: 0, error: 'no stream is there to take it' };
  const { stream, seq, duplicate, error } = message.json<Answer>();
  if (error) {
    const errorCode = error.err_code ?? error.code;
    const isRetryable = error.code >= 500 && errorCode !== STREAM_FULL;
    return { isStored: false, isRetryable, errorCode, error: error.description ?? `error ${error.code}` };
  }
  if (stream === undefined || seq === undefined)
    return { isStored: false, isRetryable: true, errorCode: 0, error: 'a reply of no known form' };
  return { isStored: true, stream, sequence: seq, isDuplicate: duplicate === true };
}
