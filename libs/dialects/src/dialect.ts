/**
 * A dialect is one folder: what routing and billing need from a request, a tap that reads usage from the answer's own bytes, and the
 * dialect's own forms for errors, model lists and keep-alives. Every dialect passes the same suite. Full translation between dialects will
 * be a folder per ordered pair beside these, built on the same readers.
 */
import type { DialectName } from '@lurus/base/dialect-name';
import type { ProblemDetails } from '@lurus/base/problem';
import type { TokenUsage } from '@lurus/base/token-usage';

/** One request as it arrived; the body is already decompressed. */
export interface RelayRequest {
  readonly method: string;
  /** Path without query: `/v1/messages`. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

/** What routing and billing need from a request; nothing else of the body is looked at. */
export interface Ask {
  readonly dialect: DialectName;
  readonly operation: 'generate' | 'count_tokens';
  /** The model as the client named it. */
  readonly model: string;
  readonly isStream: boolean;
  /** The client's own bound on generated tokens, or undefined where it gave none. */
  readonly maxOutputTokens: number | undefined;
  /** How many answers at once (`n`, `candidateCount`); 1 where not given. Output is bounded by this times `maxOutputTokens`. */
  readonly choices: number;
  /**
   * Names the conversation, for sticky routing: see the table in `session.ts`. Clients choose it, and a derived one is the same for equal
   * first prompts, so it means something within one API key only: look it up together with the key's id.
   */
  readonly sessionKey: string | undefined;
  readonly subKey: string | undefined;
  /** `claude-code`, `codex`, `gemini-cli`, `opencode`, `qwen-code`, `openai-sdk`, …, `other`. */
  readonly clientFamily: string;
  /** `main`, `title`, `subagent`, `compaction`, `router`, `count`, `auxiliary`: what the client uses this call for, as far as it shows. */
  readonly requestClass: string;
}

/** Body and path to send upstream: byte for byte the client's, except for the model's name and what the dialect needs for metering. */
export interface OutgoingRequest {
  readonly path: string;
  /** With the leading `?`, or empty. */
  readonly query: string;
  readonly body: Uint8Array;
}

/** How an answer ended, as far as the tap has seen. */
export type StopClass = 'end' | 'length' | 'tool_calls' | 'stop_sequence' | 'refusal' | 'pause' | 'error' | 'queued' | 'compaction';

/** One more set of tokens charged with an answer at another model's price (an advisor's pass). */
export interface ExtraUsage {
  readonly model: string;
  readonly usage: TokenUsage;
}

/** Everything a tap knows; complete after `end()`. */
export interface TapReport {
  /** The provider's id of the answer. */
  readonly answerId: string | undefined;
  /** The model that the provider says it used. */
  readonly servedModel: string | undefined;
  /** The model that took over within the answer (an Anthropic `fallback` block); the usage is its. */
  readonly fallbackModel: string | undefined;
  readonly stopReported: string | undefined;
  readonly stopClass: StopClass | undefined;
  /** Normalised usage as last reported; undefined where the provider reported none. Explicit zero is all zeros. */
  readonly usage: TokenUsage | undefined;
  readonly extraUsage: readonly ExtraUsage[];
  /** `usage` is the provider's last word on a whole answer; false while it is a start value or a running count. */
  readonly isUsageFinal: boolean;
  /**
   * The usage cannot be trusted: numbers that cannot be (negative, fractional, huge, text) were clamped, or bytes in which usage may have
   * stood could not be read (a frame past the limit, broken JSON).
   */
  readonly isUsageSuspect: boolean;
  /** An error that the provider sent inside a 200. `code` is its own code or status as text. */
  readonly error: { readonly type: string | undefined; readonly code: string | undefined; readonly message: string } | undefined;
  /** UTF-8 bytes of generated text, reasoning and tool arguments seen so far: what an estimate is made from where usage is absent. */
  readonly generatedBytes: number;
  /** The body was no answer of this dialect at all (nothing, HTML, broken JSON, an object of another shape). Known after `end()`. */
  readonly isGarbage: boolean;
}

/**
 * What one chunk brought.
 * `undecided`: nothing that a client would show yet, so that another provider may still be tried.
 * `content`: the answer has begun. `error`: the provider reports an error in its answer. `terminal`: the answer is whole.
 */
export type TapPhase = 'undecided' | 'content' | 'error' | 'terminal';

/** Where an answer stands after one more chunk. */
export interface TapStep {
  /** Never goes back; `error` and `terminal` are final, so that an end after an error is not taken for a whole answer. */
  readonly phase: TapPhase;
  /**
   * Offset in this chunk from which bytes must be withheld until the settlement is durable: where the dialect's last frame, or its error
   * frame, begins (0 if it began in an earlier chunk, and for every chunk after it). Undefined while the end is not in sight.
   */
  readonly terminalAt: number | undefined;
}

/**
 * Reads usage from an answer's bytes, cut anywhere, in bounded memory, without altering or re-encoding them. The first byte decides
 * whether the body is JSON or an event stream, since content types are not always true. Chunks are kept by reference where needed: do not
 * write into them afterwards.
 */
export interface Tap {
  readonly push: (chunk: Uint8Array) => TapStep;
  /**
   * The provider's body has ended. A JSON answer is only read here. `undecided` and `content` after this mean that the answer is not whole:
   * the body was cut, or (`isGarbage`) never was an answer.
   */
  readonly end: () => { readonly phase: TapPhase };
  readonly report: () => TapReport;
}

/** Bytes for the client: those to send at once, and those to send when the settlement is durable. In this order they are the stream. */
export interface Passage {
  readonly now: readonly Uint8Array[];
  readonly withheld: readonly Uint8Array[];
}

/**
 * Splits an event stream's bytes into what the client gets now, later, and never. It passes whole frames only, so that a stream which is
 * cut upstream can be ended with an error frame, and a keep-alive can be written at any time, without breaking into half a frame.
 */
export interface StreamFilter {
  /** `terminalAt` is what the tap said about the same chunk. */
  readonly push: (chunk: Uint8Array, terminalAt: number | undefined) => Passage;
  /** What is left when the provider's body has ended properly; a last frame may lack its blank line. Not called for a stream that was cut. */
  readonly end: () => Passage;
}

/** A whole error response in a dialect's form. */
export interface RenderedError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** One model in a list: the name that clients ask for, and who stands behind it. */
export interface ModelEntry {
  readonly id: string;
  readonly ownedBy: string;
}

export interface Dialect {
  readonly name: DialectName;
  /** Whether a request belongs to this dialect's relay endpoints (generate, count tokens), by method and path alone. */
  readonly serves: (request: { readonly method: string; readonly path: string }) => boolean;
  /** Reads what routing and billing need. Throws a Problem of kind `invalid-request` that says what, why and how to fix. */
  readonly readAsk: (request: RelayRequest) => Ask;
  /**
   * The request to send for an ask under the provider's name of the model: same bytes, with only the model's value replaced in place (or in
   * the path), and for Chat streams `stream_options.include_usage` switched on. Where nothing changes, `body` is the same object.
   * `usageWasAdded` says that the client did not ask for usage: pass it to `createFilter` as `dropsUsage`. A `key` in the query is the
   * caller's key to the gateway and is left out.
   */
  readonly prepare: (input: {
    readonly request: RelayRequest;
    readonly ask: Ask;
    readonly upstreamModel: string;
  }) => OutgoingRequest & { readonly usageWasAdded: boolean };
  /**
   * `isStream` is what the answer's content type says, which is not always what was asked. `operation` is the ask's; answers to
   * `count_tokens` carry no usage, and are garbage only if they hold no count. Default: generate.
   */
  readonly createTap: (input: { readonly isStream: boolean; readonly operation?: Ask['operation'] }) => Tap;
  /** For event streams only. `dropsUsage`: frames that carry nothing but usage do not reach the client (Chat; elsewhere there are none). */
  readonly createFilter: (input: { readonly dropsUsage: boolean }) => StreamFilter;
  /** An error before the first byte, with the retry hints that the real clients understand. */
  readonly renderError: (details: ProblemDetails, requestId: string) => RenderedError;
  /** The bytes that end a stream which has already begun, in the dialect's own error form. Goes between frames, as `keepAlive` does. */
  readonly renderStreamError: (details: ProblemDetails, requestId: string) => Uint8Array;
  /** Bytes that keep a quiet stream alive without meaning anything to the client. */
  readonly keepAlive: Uint8Array;
  readonly renderModels: (models: readonly ModelEntry[]) => unknown;
}
