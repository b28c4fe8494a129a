/** Prices at the border: US dollars per million tokens as decimal strings. */
import { formatDollarsPerMillion, picosPerToken } from '@lurus/base/money';
import { TenantField, commandAnswer } from '@lurus/service/command';
import { DollarsPerMillionSchema } from '@lurus/service/money-fields';
import { z } from 'zod';
import { ModelPattern } from './fields.ts';
import type { ContextTier, Price, Rates } from './prices.ts';

const rate = (says: string) => DollarsPerMillionSchema.describe(`US dollars per million ${says}`);

const requiredRates = { input_usd: rate('prompt tokens'), output_usd: rate('generated tokens') };
const optionalRates = {
  cache_read_usd: rate('prompt tokens read from a cache; charged as input unless given').optional(),
  cache_write_5m_usd: rate('prompt tokens written to a cache for 5 minutes; charged as input unless given').optional(),
  cache_write_1h_usd: rate('prompt tokens written to a cache for an hour; charged as input unless given').optional(),
  reasoning_usd: rate('generated tokens that were reasoning; charged as output unless given').optional(),
};

const TierBody = z.strictObject({
  prompt_tokens: z.number().int('must be a whole number').min(1, 'must be at least 1').max(1_000_000_000, 'must be at most a billion'),
  is_inclusive: z.boolean().default(false).describe('Whether a prompt of exactly so many tokens is in the tier already.'),
  ...requiredRates,
  ...optionalRates,
});

/** The body that publishes a price. A free model needs no rates, and may have none but zero. */
export const PriceBody = z
  .strictObject({
    tenant: TenantField,
    model: ModelPattern.describe('A model as clients name it, or a pattern with "*"; the closest pattern is charged.'),
    input_usd: requiredRates.input_usd.optional(),
    output_usd: requiredRates.output_usd.optional(),
    ...optionalRates,
    tiers: z
      .array(TierBody)
      .max(8, 'must be at most 8 tiers')
      .default([])
      .describe('Rates of the whole request once its prompt passes a length.'),
    is_free: z.boolean().default(false),
  })
  .superRefine((price, context) => {
    const fault = (path: (string | number)[], message: string): void => context.addIssue({ code: 'custom', path, message });
    for (const name of ['input_usd', 'output_usd'] as const) {
      if (!price.is_free && price[name] === undefined) fault([name], 'is required unless the model is free ("is_free": true)');
    }
    if (price.is_free) {
      for (const name of RATE_NAMES) if ((price[name] ?? 0n) !== 0n) fault([name], 'must be 0 or absent, since the model is free');
      if (price.tiers.length > 0) fault(['tiers'], 'must be absent, since the model is free');
    }
    price.tiers.forEach((tier, index) => {
      const first = price.tiers.findIndex(
        (other) => other.prompt_tokens === tier.prompt_tokens && other.is_inclusive === tier.is_inclusive,
      );
      if (first < index) fault(['tiers', index], `begins where tiers[${first}] begins`);
    });
  });

const RATE_NAMES = ['input_usd', 'output_usd', 'cache_read_usd', 'cache_write_5m_usd', 'cache_write_1h_usd', 'reasoning_usd'] as const;

type GivenRates = { readonly [Name in (typeof RATE_NAMES)[number]]?: Rates['inputPicos'] | undefined };

/** Rates as events have them. */
export const ratesOf = (given: GivenRates): Rates => ({
  inputPicos: given.input_usd ?? picosPerToken(0n),
  outputPicos: given.output_usd ?? picosPerToken(0n),
  cacheReadPicos: given.cache_read_usd ?? null,
  cacheWrite5mPicos: given.cache_write_5m_usd ?? null,
  cacheWrite1hPicos: given.cache_write_1h_usd ?? null,
  reasoningPicos: given.reasoning_usd ?? null,
});

/** Context tiers as events have them, lowest first. */
export const tiersOf = (tiers: readonly z.output<typeof TierBody>[]): ContextTier[] =>
  tiers
    .map((tier) => ({ promptTokens: tier.prompt_tokens, isInclusive: tier.is_inclusive, rates: ratesOf(tier) }))
    .toSorted((a, b) => a.promptTokens - b.promptTokens);

const rates = {
  input_usd: z.string(),
  output_usd: z.string(),
  cache_read_usd: z.string().nullable(),
  cache_write_5m_usd: z.string().nullable(),
  cache_write_1h_usd: z.string().nullable(),
  reasoning_usd: z.string().nullable(),
};

export const PriceAnswer = z.object({
  model: z.string(),
  tenant: z.string(),
  price_version: z.string().describe('the id of the event that published it; settlements name it'),
  ...rates,
  tiers: z.array(z.object({ prompt_tokens: z.number().int(), is_inclusive: z.boolean(), ...rates })),
  is_free: z.boolean(),
  published_at: z.string(),
  superseded_at: z.string().nullable().describe('when another version or a withdrawal ended it; null while it is in force'),
  actor: z.string(),
});
export const PriceCommandAnswer = z.object({ ...PriceAnswer.shape, ...commandAnswer });
export const WithdrawnPriceAnswer = z.object({ model: z.string(), tenant: z.string(), price_version: z.string(), ...commandAnswer });

const dollars = (picos: Rates['cacheReadPicos']): string | null => (picos === null ? null : formatDollarsPerMillion(picos));

const ratesAnswer = (of: Rates) => ({
  input_usd: formatDollarsPerMillion(of.inputPicos),
  output_usd: formatDollarsPerMillion(of.outputPicos),
  cache_read_usd: dollars(of.cacheReadPicos),
  cache_write_5m_usd: dollars(of.cacheWrite5mPicos),
  cache_write_1h_usd: dollars(of.cacheWrite1hPicos),
  reasoning_usd: dollars(of.reasoningPicos),
});

export const priceAnswer = (price: Price): z.infer<typeof PriceAnswer> => ({
  model: price.model,
  tenant: price.tenantId,
  price_version: price.priceVersion,
  ...ratesAnswer(price.rates),
  tiers: price.tiers.map((tier) => ({ prompt_tokens: tier.promptTokens, is_inclusive: tier.isInclusive, ...ratesAnswer(tier.rates) })),
  is_free: price.isFree,
  published_at: price.publishedAt,
  superseded_at: price.supersededAt,
  actor: price.actor,
});
