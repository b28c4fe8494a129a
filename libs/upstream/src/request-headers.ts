/** Which of a client's headers a provider gets to see. */
import type { ProviderCall } from './provider-call.ts';

/**
 * Never forwarded. Everything else is: clients add headers weekly (`anthropic-beta`, `x-codex-*`), and a provider that gets fewer than it
 * expects answers differently.
 */
const WITHHELD = new Set([
  // Of one connection only (RFC 9110, section 7.6.1).
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  // About the body as the client sent it; ours may be decompressed, and undici counts it again.
  'content-length',
  'content-encoding',
  'content-md5',
  'digest',
  'content-digest',
  'expect',
  // The client's secrets and ours.
  'authorization',
  'x-api-key',
  'x-goog-api-key',
  'api-key',
  'cookie',
  // What the tap has to read must not be compressed.
  'accept-encoding',
  // Where the request came from is nobody else's business.
  'host',
  'forwarded',
  'via',
  'x-real-ip',
  'true-client-ip',
  'x-client-ip',
  'origin',
  'referer',
]);
const WITHHELD_PREFIXES = ['x-forwarded-', 'cf-', 'sec-', 'x-lurus-', 'access-control-'];

const isWithheld = (name: string): boolean => WITHHELD.has(name) || WITHHELD_PREFIXES.some((prefix) => name.startsWith(prefix));

/** Names that this request's own `connection` header declares to be of one connection only. */
function namedByConnection(header: string | undefined): ReadonlySet<string> {
  if (header === undefined || header === 'keep-alive' || header === 'close') return new Set();
  return new Set(header.split(',').map((name) => name.trim().toLowerCase()));
}

const AUTH_HEADER = { bearer: 'authorization', 'x-api-key': 'x-api-key', 'x-goog-api-key': 'x-goog-api-key' } as const;

/** The headers to send: the client's but the withheld ones, the provider's own credential, and our request id. */
export function requestHeaders(call: ProviderCall): Record<string, string> {
  const named = namedByConnection(call.headers['connection']);
  const sent: Record<string, string> = {};
  for (const name in call.headers) {
    const value = call.headers[name];
    if (value !== undefined && !isWithheld(name) && !named.has(name)) sent[name] = value;
  }
  sent['accept-encoding'] = 'identity';
  sent['x-lurus-request-id'] = call.requestId;
  if (call.authStyle !== 'none' && call.credential !== undefined) {
    sent[AUTH_HEADER[call.authStyle]] = call.authStyle === 'bearer' ? `Bearer ${call.credential}` : call.credential;
  }
  return sent;
}
