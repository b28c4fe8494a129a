import { connect, errors, type NatsConnection, nkeyAuthenticator } from '@nats-io/transport-node';
import type { NatsIdentity } from './journal.ts';
import { inboxPrefixOf } from './permissions.ts';
import { journalAway, journalRefused } from './problems.ts';

/** Attempts at the first connection. A machine that starts a whole system at once leaves a server without an answer for seconds. */
const FIRST_ATTEMPTS_MAX = 3;

/**
 * Connects and stays connected: it comes back by itself until it is closed. A server that is there but does not answer in time is asked
 * again; one that is not there is told at once. Throws journalAway or journalRefused.
 */
export async function connectToNats(identity: NatsIdentity, limits: { readonly connectTimeoutMs: number }): Promise<NatsConnection> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await connectOnce(identity, limits);
    } catch (cause) {
      if (cause instanceof errors.TimeoutError && attempt < FIRST_ATTEMPTS_MAX) continue;
      const why = cause instanceof Error ? cause.message : String(cause);
      if (cause instanceof errors.AuthorizationError) throw journalRefused({ what: `process ${identity.processName}`, why }, { cause });
      throw journalAway({ what: `the connection to ${identity.url}`, why }, { cause });
    }
  }
}

function connectOnce(identity: NatsIdentity, limits: { readonly connectTimeoutMs: number }): Promise<NatsConnection> {
  return connect({
    servers: identity.url,
    ...(identity.seed === undefined ? {} : { authenticator: nkeyAuthenticator(new TextEncoder().encode(identity.seed)) }),
    name: `${identity.processName}-${identity.instance}`,
    inboxPrefix: inboxPrefixOf(identity.processName),
    timeout: limits.connectTimeoutMs,
    noAsyncTraces: true, // They cost an Error object a request.
    maxReconnectAttempts: -1, // For as long as the process lives.
    reconnectTimeWait: 250,
    reconnectJitter: 250, // So that a fleet does not come back in one instant.
    ignoreAuthErrorAbort: true, // A server that reloads its users may refuse for a moment.
    pingInterval: 5_000, // A server that hangs is noticed within 15 s; the library's own 2 minutes are longer than any request.
    maxPingOut: 2,
  });
}
