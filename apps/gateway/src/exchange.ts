/** One request of a client and the answer to it, on node:http: writes with backpressure, notices when the client has gone. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestId } from '@lurus/base/ids';

/** How long the rest of a request that was refused early is still read: closing at once would make the client lose the refusal. */
const LINGER_MS = 2_000;

export interface ExchangeOptions {
  readonly requestId: RequestId;
  /** A monotonic clock. */
  readonly nowMs: () => number;
  readonly writeStallTimeoutMs: number;
}

/** Browsers may call with a key of their own; no cookies are involved, so any origin may. */
const SHARED_HEADERS = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'request-id, x-request-id, x-lurus-request-id, retry-after, x-should-retry, x-codex-turn-state',
} as const;

/** Guards the one answer of a request: begun at most once, ended at most once, nothing written after the client has gone. */
export class Exchange {
  readonly requestId: RequestId;
  readonly request: IncomingMessage;
  readonly method: string;
  readonly path: string;
  /** Without the caller's key. */
  readonly query: URLSearchParams;
  /** The key that came in the query, where a dialect puts it. */
  readonly queryKey: string | undefined;
  readonly startedMs: number;
  responseBytes = 0;
  /** The status that was sent, 0 while none was. */
  status = 0;
  readonly #response: ServerResponse;
  readonly #options: ExchangeOptions;
  #isGone = false;
  #isEnded = false;
  #onGone: (() => void) | undefined;
  #pulse: NodeJS.Timeout | undefined;

  constructor(request: IncomingMessage, response: ServerResponse, options: ExchangeOptions) {
    this.request = request;
    this.#response = response;
    this.#options = options;
    this.requestId = options.requestId;
    this.method = request.method ?? 'GET';
    const { path, query } = splitTarget(request.url ?? '/');
    this.path = path;
    this.query = query;
    this.queryKey = query.get('key') ?? undefined;
    query.delete('key');
    this.startedMs = options.nowMs();
    response.once('close', () => this.#onClose());
  }

  /** Lower-case names. Node joins repeated headers with commas; only `set-cookie`, which no request has, comes as a list. */
  get headers(): Readonly<Record<string, string | undefined>> {
    return this.request.headers as Record<string, string | undefined>; // See above: no lists but set-cookie.
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  get hasBegun(): boolean {
    return this.status !== 0;
  }

  get durationMs(): number {
    return Math.round(this.#options.nowMs() - this.startedMs);
  }

  /** Calls back once when the client leaves before its answer has been sent whole; at once if it has left already. */
  onGone(listener: () => void): void {
    if (this.#isGone) listener();
    else this.#onGone = listener;
  }

  /** Sends a whole answer. Does nothing where one has begun or nobody is there. */
  send(status: number, headers: Readonly<Record<string, string>>, body: string | Uint8Array): void {
    if (this.#isGone || this.hasBegun) return;
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    this.#head(status, { ...headers, 'content-length': String(bytes.length) });
    this.#end(this.method === 'HEAD' ? undefined : bytes);
    if (!this.request.complete) this.#linger();
  }

  /** Begins a streamed answer. Does nothing where one has begun or nobody is there. */
  begin(status: number, headers: Readonly<Record<string, string>>): void {
    if (!this.#isGone && !this.hasBegun) this.#head(status, headers);
  }

  /** Writes to a begun answer. The promise, where there is one, resolves when the client has made room or has gone. */
  write(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#isGone || this.#isEnded) return undefined;
    this.responseBytes += bytes.length;
    this.#pulse?.refresh();
    return this.#response.write(bytes) ? undefined : this.#room();
  }

  /** Ends a begun answer. */
  end(): void {
    if (!this.#isGone && !this.#isEnded) this.#end(undefined);
  }

  /**
   * Writes what `bytes` returns whenever nothing was written for `everyMs`, until the answer ends. It may begin the answer itself, or
   * return nothing.
   */
  startPulse(everyMs: number, bytes: () => Uint8Array | undefined): void {
    if (this.#pulse || this.#isGone || this.#isEnded) return;
    this.#pulse = setTimeout(() => {
      const written = this.#response.writableNeedDrain ? undefined : bytes();
      if (written && this.hasBegun) void this.write(written);
      this.#pulse?.refresh();
    }, everyMs);
  }

  #head(status: number, headers: Readonly<Record<string, string>>): void {
    this.status = status;
    const own = { 'request-id': this.requestId, 'x-request-id': this.requestId };
    this.#response.writeHead(status, { ...SHARED_HEADERS, ...own, ...headers, 'x-lurus-request-id': this.requestId });
  }

  #end(bytes: Uint8Array | undefined): void {
    this.#isEnded = true;
    clearTimeout(this.#pulse);
    if (bytes) this.responseBytes += bytes.length;
    this.#response.end(bytes);
    // A client that never takes the rest must not keep its connection for ever.
    if (!this.#response.writableFinished) {
      const stall = setTimeout(() => this.#response.destroy(), this.#options.writeStallTimeoutMs);
      this.#response.once('close', () => clearTimeout(stall));
    }
  }

  #room(): Promise<void> {
    return new Promise((resolve) => {
      const stall = setTimeout(() => this.#response.destroy(), this.#options.writeStallTimeoutMs);
      const done = (): void => {
        clearTimeout(stall);
        this.#response.off('drain', done).off('close', done);
        resolve();
      };
      this.#response.once('drain', done).once('close', done);
    });
  }

  #linger(): void {
    const { request } = this;
    request.resume();
    const limit = setTimeout(() => {
      if (!request.complete) request.destroy();
    }, LINGER_MS);
    request.once('close', () => clearTimeout(limit));
  }

  #onClose(): void {
    clearTimeout(this.#pulse);
    if (this.#response.writableFinished) return;
    this.#isGone = true;
    const listener = this.#onGone;
    this.#onGone = undefined;
    listener?.();
  }
}

function splitTarget(target: string): { readonly path: string; readonly query: URLSearchParams } {
  // Proxies may send the absolute form; its host decides nothing here.
  const absolute = /^https?:\/\/[^/?]*/i.exec(target);
  const local = absolute ? target.slice(absolute[0].length) : target;
  const mark = local.indexOf('?');
  if (mark < 0) return { path: local || '/', query: new URLSearchParams() };
  return { path: local.slice(0, mark) || '/', query: new URLSearchParams(local.slice(mark + 1)) };
}
