/** Every failure that a caller of the relay can meet: what happened, why, and what to do. Each is rendered in the caller's own dialect. */
import { defineProblem } from '@lurus/base/problem';

// Who is calling

export const keyMissing = defineProblem<void>({
  code: 'key_missing',
  kind: 'authentication',
  status: 401,
  isRetryable: false,
  says: () => 'The request carries no API key.',
  fix: () => 'Send your "sk-lurus-" key as x-api-key, as x-goog-api-key or as "Authorization: Bearer".',
});

export const keyInvalid = defineProblem<void>({
  code: 'key_invalid',
  kind: 'authentication',
  status: 401,
  isRetryable: false,
  says: () => 'The API key is not one of this gateway: it was mistyped, cut off, or belongs somewhere else.',
  fix: () => 'Copy the whole key again, or create one with `lurus key create <user>`.',
});

export const keyRevoked = defineProblem<{ readonly keyId: string }>({
  code: 'key_revoked',
  kind: 'authentication',
  status: 401,
  isRetryable: false,
  says: ({ keyId }) => `The API key ${keyId} was revoked.`,
  fix: () => 'Use another key, or create one with `lurus key create <user>`.',
});

export const keyExpired = defineProblem<{ readonly keyId: string; readonly expiresAt: string }>({
  code: 'key_expired',
  kind: 'authentication',
  status: 401,
  isRetryable: false,
  says: ({ keyId, expiresAt }) => `The API key ${keyId} expired at ${expiresAt}.`,
  fix: () => 'Use another key, or create one with `lurus key create <user>`.',
});

export const modelNotAllowed = defineProblem<{ readonly model: string; readonly keyId: string; readonly allowed: readonly string[] }>({
  code: 'model_not_allowed',
  kind: 'permission',
  status: 403,
  isRetryable: false,
  says: ({ model, keyId }) => `The API key ${keyId} may not use the model "${model}".`,
  fix: ({ allowed }) => `Ask for one of: ${allowed.join(', ')}; or have the key's limits changed.`,
});

// What was sent

export const bodyTooLarge = defineProblem<{ readonly bytesMax: number }>({
  code: 'body_too_large',
  kind: 'too-large',
  status: 413,
  isRetryable: false,
  says: ({ bytesMax }) => `The request body is larger than the ${bytesMax} bytes that this gateway takes (counted after decompression).`,
  fix: () => 'Send less: shorten the conversation or shrink its images; an operator can raise LURUS_BODY_BYTES_MAX.',
});

export const bodyEncodingBroken = defineProblem<{ readonly encoding: string; readonly why: string }>({
  code: 'body_encoding_broken',
  kind: 'invalid-request',
  status: 400,
  isRetryable: false,
  says: ({ encoding, why }) => `The request body does not decompress as ${encoding}: ${why}.`,
  fix: () => 'Send the body complete and in the encoding that content-encoding names, or send it uncompressed.',
});

export const bodyEncodingUnknown = defineProblem<{ readonly encoding: string }>({
  code: 'body_encoding_unknown',
  kind: 'invalid-request',
  status: 415,
  isRetryable: false,
  says: ({ encoding }) => `This gateway does not decompress "${encoding}" request bodies.`,
  fix: () => 'Use one of gzip, deflate, br and zstd, once, or send the body uncompressed.',
});

export const pathUnknown = defineProblem<{ readonly method: string; readonly path: string; readonly endpoints: readonly string[] }>({
  code: 'path_unknown',
  kind: 'not-found',
  status: 404,
  isRetryable: false,
  says: ({ method, path }) => `There is no ${method} ${path} here.`,
  fix: ({ endpoints }) => `This gateway serves ${endpoints.join(', ')}. Check the base URL of your client.`,
});

export const methodWrong = defineProblem<{ readonly method: string; readonly path: string; readonly allowed: readonly string[] }>({
  code: 'method_not_allowed',
  kind: 'invalid-request',
  status: 405,
  isRetryable: false,
  says: ({ method, path }) => `${path} does not take ${method}.`,
  fix: ({ allowed }) => `Use ${allowed.join(' or ')}.`,
});

export const webSocketRefused = defineProblem<void>({
  code: 'websocket_refused',
  kind: 'invalid-request',
  status: 426,
  isRetryable: false,
  says: () => 'This gateway does not speak WebSocket.',
  fix: () => 'Use HTTPS with server-sent events; clients fall back to it by themselves.',
});

// How much

export const rateLimited = defineProblem<{ readonly what: string; readonly limit: number }>({
  code: 'rate_limited',
  kind: 'rate-limited',
  status: 429,
  isRetryable: true,
  says: ({ what, limit }) => `This API key is limited to ${limit} ${what}, and they are used up.`,
  fix: () => 'Wait as long as retry-after says, send less at once, or have the limits of the key raised.',
});

export const noCredit = defineProblem<{ readonly needed: string; readonly available: string }>({
  code: 'insufficient_credit',
  kind: 'no-credit',
  status: 429,
  isRetryable: false,
  says: ({ needed, available }) => `The wallet has $${available} available, and this request has to reserve $${needed}.`,
  fix: () =>
    'Add credit with `lurus wallet credit <user> <dollars>`, or ask for less: a shorter prompt, a lower output limit, a cheaper model.',
});

export const walletFrozen = defineProblem<void>({
  code: 'wallet_frozen',
  kind: 'unavailable',
  status: 503,
  isRetryable: true,
  says: () => 'The wallet is frozen: an event about its money could not be applied, and until that is settled nothing is spent from it.',
  fix: () => 'An operator finds the reason with `lurus projection list`; nothing is lost.',
});

export const balancesUnknown = defineProblem<{ readonly why: string }>({
  code: 'balances_unknown',
  kind: 'unavailable',
  status: 503,
  isRetryable: true,
  says: ({ why }) => `Balances are not known right now: ${why}. No request is let through unpaid.`,
  fix: () => 'Try again in a few seconds; an operator looks at the projector and at NATS if it lasts.',
});

export const holdNotRecorded = defineProblem<void>({
  code: 'hold_not_recorded',
  kind: 'unavailable',
  status: 503,
  isRetryable: true,
  says: () => 'The money for this request could not be reserved in time, so the answer was not given. Nothing was charged.',
  fix: () => 'Try again in a few seconds; an operator looks at NATS if it lasts.',
});

export const settlementLate = defineProblem<void>({
  code: 'settlement_late',
  kind: 'unavailable',
  status: 503,
  isRetryable: true,
  says: () => 'The answer is whole, but what it cost could not be recorded in time, so its end is not given out.',
  fix: () => 'Try again in a few seconds; an operator looks at NATS if it lasts.',
});

export const gatewayBusy = defineProblem<{ readonly what: string }>({
  code: 'gateway_busy',
  kind: 'overloaded',
  status: 503,
  isRetryable: true,
  says: ({ what }) => `This gateway is at its limit of ${what}.`,
  fix: () => 'Try again in a few seconds; an operator can raise the limit or add gateways.',
});

export const gatewayStopping = defineProblem<void>({
  code: 'gateway_stopping',
  kind: 'unavailable',
  status: 503,
  isRetryable: true,
  says: () => 'This gateway is stopping.',
  fix: () => 'Try again in a few seconds.',
});

// Where to

export const routeMissing = defineProblem<{ readonly model: string; readonly dialect: string; readonly models: readonly string[] }>({
  code: 'model_not_found',
  kind: 'not-found',
  status: 404,
  isRetryable: false,
  says: ({ model, dialect }) => `No provider serves the model "${model}" in the ${dialect} dialect.`,
  fix: ({ models }) =>
    models.length === 0
      ? 'No provider is registered for this dialect; an operator adds one with `lurus provider add`.'
      : `Ask for one of: ${models.join(', ')}; an operator adds others with \`lurus provider add\`.`,
});

export const priceMissing = defineProblem<{ readonly model: string }>({
  code: 'no_price',
  kind: 'not-found',
  status: 404,
  isRetryable: false,
  says: ({ model }) => `The model "${model}" has no price, so this gateway cannot tell what a request would cost.`,
  fix: ({ model }) => `An operator sets one with \`lurus price set ${model} --input <dollars> --output <dollars>\` (per million tokens).`,
});

// What became of it

export const upstreamFailed = defineProblem<{ readonly model: string; readonly attempts: number; readonly why: string }>({
  code: 'upstream_failed',
  kind: 'upstream',
  status: 502,
  isRetryable: true,
  says: ({ model, attempts, why }) => `No provider answered for "${model}" (${attempts} tried): ${why}. Nothing was charged.`,
  fix: () => 'Try again in a few seconds, or ask for another model; an operator finds the reason with `lurus requests`.',
});

export const upstreamUnreachable = defineProblem<{ readonly model: string; readonly attempts: number }>({
  code: 'upstream_unreachable',
  kind: 'overloaded',
  status: 529,
  isRetryable: true,
  says: ({ model, attempts }) => `No provider of "${model}" can be reached now (${attempts} tried). Nothing was charged.`,
  fix: () => 'Try again in a few seconds, or ask for another model.',
});

export const upstreamTimedOut = defineProblem<{ readonly model: string; readonly attempts: number }>({
  code: 'upstream_timed_out',
  kind: 'timeout',
  status: 504,
  isRetryable: true,
  says: ({ model, attempts }) => `No provider of "${model}" answered in time (${attempts} tried). Nothing was charged.`,
  fix: () => 'Try again, or ask for another model.',
});

export const answerBroken = defineProblem<{ readonly why: string }>({
  code: 'answer_broken',
  kind: 'upstream',
  status: 502,
  isRetryable: true,
  says: ({ why }) => `The answer broke off: ${why}.`,
  fix: () => 'Send the request again.',
});

export const internalFault = defineProblem<{ readonly requestId: string }>({
  code: 'internal',
  kind: 'internal',
  status: 500,
  isRetryable: true,
  says: ({ requestId }) => `The gateway failed at request ${requestId}.`,
  fix: () => 'Try again; report the request id to an operator if it happens again.',
});
