/** Calls to providers over pooled connections. The only place that knows undici. */
import { Agent } from 'undici';
import type { CallTimeouts, ProviderCall } from './provider-call.ts';
import { requestHeaders } from './request-headers.ts';
import { targetUrl } from './target-url.ts';
import { UpstreamAnswer } from './upstream-answer.ts';

/** What all calls have in common. */
export interface UpstreamOptions {
  /** Longest wait for a connection. */
  readonly connectTimeoutMs: number;
}

export interface Upstreams {
  /** Sends one request. Failures of any kind come as a piece of the answer, never as an exception. Redirects are not followed. */
  readonly call: (call: ProviderCall, timeouts: CallTimeouts) => UpstreamAnswer;
  /** Ends idle connections; answers under way are cut. */
  readonly close: () => Promise<void>;
}

/** Connections to every provider, one pool an origin. */
export function createUpstreams(options: UpstreamOptions): Upstreams {
  const agent = new Agent({
    connect: { timeout: options.connectTimeoutMs },
    connections: null, // Each stream occupies a connection for minutes; the number of requests is limited where they are admitted.
    pipelining: 1, // An answer must not wait behind another.
    allowH2: false, // Many answers on one connection would share one flow-control window and die together.
    keepAliveTimeout: 4_000, // Below the five seconds after which the commonest servers close idle connections unannounced.
    keepAliveMaxTimeout: 60_000, // An announced longer time is believed up to here.
    headersTimeout: 0, // Waits are timed by `UpstreamAnswer`, to the millisecond and aware of our own pauses.
    bodyTimeout: 0,
    maxHeaderSize: 32_768, // Providers behind several proxies send 8 KB and more; 32 KB is far past any honest answer.
    strictContentLength: true,
  });
  return {
    call: (call, timeouts) => {
      const answer = new UpstreamAnswer(timeouts);
      try {
        const { origin, path } = targetUrl(call);
        const body = call.body.length > 0 ? call.body : null;
        agent.dispatch({ origin, path, method: call.method, headers: requestHeaders(call), body }, answer);
      } catch (cause) {
        // A base URL or a header value that cannot be sent: as unreachable as a dead host.
        answer.onResponseError(undefined, cause instanceof Error ? cause : new Error(String(cause)));
      }
      return answer;
    },
    close: () => agent.destroy(),
  };
}
