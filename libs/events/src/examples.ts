/** One example of every event, for the reference page and for tests. The amounts of a settlement add up, the ids are made up. */
import { instantOf } from '@lurus/base/clock';
import {
  type EventId,
  type KeyId,
  type ProviderId,
  type RequestId,
  type TenantId,
  unchecked,
  type UserId,
  type WalletId,
} from '@lurus/base/ids';
import { nanos, picosPerToken } from '@lurus/base/money';
import { billingCatalogue } from './catalogue/billing.ts';
import { identityCatalogue } from './catalogue/identity.ts';
import { llmCatalogue } from './catalogue/llm.ts';
import { logCatalogue } from './catalogue/log.ts';
import { projectorCatalogue } from './catalogue/projector.ts';
import { providerCatalogue } from './catalogue/provider.ts';
import { type DomainEvent, type EventDefinition, type EventOf, makeEvent } from './event.ts';

type Definition =
  | (typeof billingCatalogue)[number]
  | (typeof llmCatalogue)[number]
  | (typeof identityCatalogue)[number]
  | (typeof providerCatalogue)[number]
  | (typeof logCatalogue)[number]
  | (typeof projectorCatalogue)[number];

/** The data of every event by name; a new event does not compile until it has its example. */
type Examples = { readonly [Name in Definition['name']]: EventOf<Extract<Definition, { readonly name: Name }>>['data'] };

const at = instantOf(Date.UTC(2026, 10, 23, 8, 0, 0));
const later = instantOf(Date.UTC(2026, 10, 23, 8, 30, 0));
const walletId = unchecked<WalletId>('01KAQ4V0H0WA11ET0000000001');
const userId = unchecked<UserId>('01KAQ4V0H0VSER000000000001');
const requestId = unchecked<RequestId>('01KAQ4V0H0REQVEST000000001');
const providerId = unchecked<ProviderId>('01KAQ4V0H0PR0V1DER00000001');
const priceVersion = unchecked<EventId>('01KAQ4V0H0PR1CE00000000001');
const keyId = unchecked<KeyId>('Ab3dEf7h');
const model = 'claude-sonnet-4-5';
const tokens = {
  inputTokens: 1_200,
  cacheReadTokens: 15_000,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  outputTokens: 350,
  reasoningTokens: 0,
};
const rates = {
  inputPicos: picosPerToken(3_000_000n),
  outputPicos: picosPerToken(15_000_000n),
  cacheReadPicos: picosPerToken(300_000n),
  cacheWrite5mPicos: picosPerToken(3_750_000n),
  cacheWrite1hPicos: null,
  reasoningPicos: null,
};
const amountNanos = nanos(13_350_000n);

const provider = {
  providerId,
  provider: 'anthropic',
  dialect: 'anthropic',
  baseUrl: 'https://api.anthropic.com',
  authStyle: 'x-api-key',
  sealedCredential: 'v1.nonce.ciphertext',
  priority: 10,
  weight: 100,
  actor: 'operator',
} as const;
const served = { models: ['claude-*'], modelMapping: [{ pattern: 'sonnet', target: model }] };

const ending = {
  requestId,
  keyId,
  userId,
  walletId,
  dialect: 'anthropic',
  operation: 'generate',
  model,
  upstreamModel: model,
  servedModel: model,
  providerId,
  provider: 'anthropic',
  attempts: 1,
  isStream: true,
  status: 200,
  reason: 'complete',
  stopReported: 'end_turn',
  stopClass: 'stop',
  ...tokens,
  isEstimated: false,
  amountNanos,
  priceVersion,
  firstByteMs: 640,
  durationMs: 5_210,
  requestBytes: 84_112,
  responseBytes: 9_044,
  clientFamily: 'claude-code',
  sessionKey: null,
  subKey: null,
  requestClass: 'main',
} as const;

const unfinished = { ...ending, ...tokens, stopReported: null, stopClass: null } as const;
const parked = { projection: 'usage_hourly', projectionVersion: 1, stream: 'BILLING_EVENTS', sequence: 4_711 };

const examples: Examples = {
  'wallet.credited': {
    walletId,
    userId,
    amountNanos: nanos(20_000_000_000n),
    reason: 'top-up',
    reference: 'invoice 2026-114',
    actor: 'operator',
  },
  'wallet.adjusted': {
    walletId,
    userId,
    amountNanos: nanos(-500_000_000n),
    reason: 'credited twice',
    reference: 'ticket 88',
    actor: 'operator',
  },
  'hold.placed': { requestId, walletId, userId, keyId, model, priceVersion, amountNanos: nanos(110_040_000n), expiresAt: later },
  'hold.released': { requestId, walletId, reason: 'client_gone_before_answer' },
  'hold.expired': { requestId, walletId, expiredAt: later },
  'usage.settled': {
    requestId,
    walletId,
    userId,
    keyId,
    attempt: 1,
    dialect: 'anthropic',
    providerId,
    provider: 'anthropic',
    model,
    upstreamModel: model,
    servedModel: model,
    priceVersion,
    ...tokens,
    lines: [
      { tokenClass: 'input', tokens: 1_200, picosPerToken: rates.inputPicos, amountNanos: nanos(3_600_000n) },
      { tokenClass: 'cache_read', tokens: 15_000, picosPerToken: rates.cacheReadPicos, amountNanos: nanos(4_500_000n) },
      { tokenClass: 'output', tokens: 350, picosPerToken: rates.outputPicos, amountNanos: nanos(5_250_000n) },
    ],
    amountNanos,
    isEstimated: false,
    reason: 'complete',
  },
  'request.attempted': {
    requestId,
    attempt: 1,
    providerId,
    provider: 'anthropic',
    upstreamModel: model,
    outcome: 'answered',
    status: 200,
    error: null,
    firstByteMs: 640,
    durationMs: 5_210,
    hasUsage: true,
    ...tokens,
  },
  'request.completed': ending,
  'request.failed': { ...unfinished, status: 502, reason: 'upstream_cut' },
  'request.cancelled': { ...unfinished, reason: 'client_gone_drained' },
  'user.created': { userId, walletId, userName: 'ada', actor: 'operator' },
  'key.issued': {
    keyId,
    userId,
    walletId,
    label: 'laptop',
    digest: '5f'.repeat(32),
    models: ['claude-*'],
    requestsPerMinute: 60,
    tokensPerMinute: null,
    concurrentRequests: 8,
    expiresAt: null,
    actor: 'operator',
  },
  'key.limited': { keyId, userId, models: [], requestsPerMinute: 30, tokensPerMinute: 200_000, concurrentRequests: 4, actor: 'operator' },
  'key.revoked': { keyId, userId, reason: 'leaked', actor: 'operator' },
  'provider.registered': { ...provider, ...served },
  'provider.changed': { ...provider, ...served, priority: 20 },
  'provider.removed': { providerId, provider: 'anthropic', reason: 'contract ended', actor: 'operator' },
  'price.published': {
    model: 'claude-sonnet-*',
    rates,
    tiers: [{ promptTokens: 200_000, isInclusive: false, rates: { ...rates, inputPicos: picosPerToken(6_000_000n) } }],
    isFree: false,
    actor: 'operator',
  },
  'price.withdrawn': { model: 'claude-2*', reason: 'no longer sold', actor: 'operator' },
  'write.notice': { level: 'warn', code: 'credential_refused', message: 'provider anthropic refuses our credential', requestId: null },
  'event.parked': { ...parked, eventId: unchecked<EventId>('01KAQ4V0H0EVENT00000000001'), error: 'the model name is empty' },
  'wallet.frozen': { ...parked, projection: 'wallets', walletId, error: 'a settlement without its hold' },
  'projection.stopped': { projection: 'wallets', projectionVersion: 1, error: 'BILLING_EVENTS was made anew' },
};

/** The data of the example of one event, for tests that change a field or two of it. */
export const exampleOf = <Name extends keyof Examples>(definition: { readonly name: Name }): Examples[Name] => examples[definition.name];

const definitions: readonly EventDefinition[] = [
  ...billingCatalogue,
  ...llmCatalogue,
  ...identityCatalogue,
  ...providerCatalogue,
  ...logCatalogue,
  ...projectorCatalogue,
];

/** Who appends an event or, where nothing is said for it, its domain; else the gateway. */
const APPENDED_BY: Readonly<Record<string, string>> = {
  'wallet.credited': 'billing',
  'wallet.adjusted': 'billing',
  'hold.expired': 'projector',
  identity: 'billing',
  provider: 'provider',
  projector: 'projector',
};

/** An example of every event of the catalogue, in its order, made as a process would make it. */
export const exampleEvents: readonly { readonly definition: EventDefinition; readonly event: DomainEvent }[] = definitions.map(
  (definition) => ({
    definition,
    event: makeEvent(definition, {
      id: unchecked<EventId>('01KAQ4V0H0EVENT00000000001'),
      at,
      tenantId: unchecked<TenantId>('main'),
      source: `${APPENDED_BY[definition.name] ?? APPENDED_BY[definition.domain] ?? 'gateway'}-1`,
      data: examples[definition.name as keyof Examples], // Examples has every name of the catalogue, by its type.
    }),
  }),
);
