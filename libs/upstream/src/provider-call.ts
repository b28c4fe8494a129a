/** One request to one provider, ready to be sent. */
export interface ProviderCall {
  readonly method: 'POST' | 'GET';
  readonly baseUrl: string;
  readonly path: string;
  /** With the leading `?`, or empty; holds no key of the client's. */
  readonly query: string;
  /** The client's headers in lower case; which of them are sent is decided in `request-headers.ts`. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
  /** How the provider wants its credential. */
  readonly authStyle: 'bearer' | 'x-api-key' | 'x-goog-api-key' | 'none';
  readonly credential: string | undefined;
  /** Sent along as `x-lurus-request-id`, so that a provider's log can be matched with ours. */
  readonly requestId: string;
}

/** The longest waits of one attempt. */
export interface CallTimeouts {
  /** For the first byte of the answer's body, from the call on. */
  readonly firstByteMs: number;
  /** Between two pieces of the answer. */
  readonly silenceMs: number;
}
