/** Facts about providers and prices. A price's version is the id of the event that published it. */
import { DialectNameSchema } from '@lurus/base/dialect-name';
import { ProviderIdSchema } from '@lurus/base/ids';
import { PicosPerTokenSchema } from '@lurus/base/money';
import { z } from 'zod';
import { defineEvent } from '../event.ts';
import { Actor, Text } from './fields.ts';

/** How the provider's credential is sent. */
export const AuthStyleSchema = z.enum(['bearer', 'x-api-key', 'x-goog-api-key', 'none']);
export type AuthStyle = z.infer<typeof AuthStyleSchema>;

const providerState = {
  providerId: ProviderIdSchema,
  provider: Text,
  dialect: DialectNameSchema,
  baseUrl: z.url({ protocol: /^https?$/ }).max(500),
  authStyle: AuthStyleSchema,
  /** AES-256-GCM, bound to the provider id; null where the provider needs none. */
  sealedCredential: z.string().max(2000).nullable(),
  /** Model patterns that this provider serves. */
  models: z.array(Text).min(1).max(200),
  /** Which name a model has at this provider; the closest pattern counts, unmapped models keep their name. */
  modelMapping: z.array(z.strictObject({ pattern: Text, target: Text })).max(200),
  /** Lower is tried first. */
  priority: z.number().int().min(0).max(1000),
  /** Share of the traffic among providers of one priority. */
  weight: z.number().int().min(1).max(1000),
  actor: Actor,
};

export const providerRegistered = defineEvent({
  name: 'provider.registered',
  version: 1,
  domain: 'provider',
  says: 'A provider can be routed to.',
  data: z.strictObject(providerState),
});

export const providerChanged = defineEvent({
  name: 'provider.changed',
  version: 1,
  domain: 'provider',
  says: 'Everything about a provider was replaced by this.',
  data: z.strictObject(providerState),
});

export const providerRemoved = defineEvent({
  name: 'provider.removed',
  version: 1,
  domain: 'provider',
  says: 'A provider is routed to no longer.',
  data: z.strictObject({ providerId: ProviderIdSchema, provider: Text, reason: Text, actor: Actor }),
});

/** Rates in pico-dollars per token. A null class is charged like the class that contains it: cache classes as input, reasoning as output. */
export const RatesSchema = z.strictObject({
  inputPicos: PicosPerTokenSchema,
  outputPicos: PicosPerTokenSchema,
  cacheReadPicos: PicosPerTokenSchema.nullable(),
  cacheWrite5mPicos: PicosPerTokenSchema.nullable(),
  cacheWrite1hPicos: PicosPerTokenSchema.nullable(),
  reasoningPicos: PicosPerTokenSchema.nullable(),
});

/** The whole request moves to the rates of the highest tier that its prompt (cached parts included) reaches. */
export const ContextTierSchema = z.strictObject({
  promptTokens: z.number().int().positive(),
  /** Whether a prompt of exactly `promptTokens` is already in the tier. */
  isInclusive: z.boolean(),
  rates: RatesSchema,
});

export const pricePublished = defineEvent({
  name: 'price.published',
  version: 1,
  domain: 'provider',
  says: 'From now on requests for this model pattern are rated so. Requests already accepted keep the price that they pinned.',
  data: z.strictObject({
    model: Text.min(1),
    rates: RatesSchema,
    tiers: z.array(ContextTierSchema).max(8),
    isFree: z.boolean(),
    actor: Actor,
  }),
});

export const priceWithdrawn = defineEvent({
  name: 'price.withdrawn',
  version: 1,
  domain: 'provider',
  says: 'This model pattern has no price any more; requests for it are refused unless another pattern fits.',
  data: z.strictObject({ model: Text, reason: Text, actor: Actor }),
});

export const providerCatalogue = [providerRegistered, providerChanged, providerRemoved, pricePublished, priceWithdrawn] as const;
