/**
 * What a model costs: rates by token class, and context tiers that replace them for long prompts. The value of the PRICES bucket and the data
 * of `price.published` are assignable to these types, so that pricing needs to know neither.
 */
import { type PicosPerToken, picosPerToken } from '@lurus/base/money';

/** Rates in pico-dollars per token. A null class is charged like the class that contains it: cache classes as input, reasoning as output. */
export interface TokenRates {
  readonly inputPicos: PicosPerToken;
  readonly outputPicos: PicosPerToken;
  readonly cacheReadPicos: PicosPerToken | null;
  readonly cacheWrite5mPicos: PicosPerToken | null;
  readonly cacheWrite1hPicos: PicosPerToken | null;
  readonly reasoningPicos: PicosPerToken | null;
}

/** The whole request moves to `rates` when its prompt, cached parts included, reaches the tier. */
export interface ContextTier {
  readonly promptTokens: number;
  /** Whether a prompt of exactly `promptTokens` is already in the tier: so at xAI, not so elsewhere. */
  readonly isInclusive: boolean;
  readonly rates: TokenRates;
}

/** The price of one model: its rates, and the tiers that replace them for long prompts. */
export interface RateCard {
  readonly rates: TokenRates;
  /** In any order. */
  readonly tiers: readonly ContextTier[];
  /** Every rate counts as zero. */
  readonly isFree: boolean;
}

/** Rates whose gaps are filled; `reasoningPicos` stays null where reasoning is not priced apart from the rest of the output. */
export interface FilledRates {
  readonly inputPicos: PicosPerToken;
  readonly outputPicos: PicosPerToken;
  readonly cacheReadPicos: PicosPerToken;
  readonly cacheWrite5mPicos: PicosPerToken;
  readonly cacheWrite1hPicos: PicosPerToken;
  readonly reasoningPicos: PicosPerToken | null;
}

const ZERO = picosPerToken(0n);
const FREE: FilledRates = {
  inputPicos: ZERO,
  outputPicos: ZERO,
  cacheReadPicos: ZERO,
  cacheWrite5mPicos: ZERO,
  cacheWrite1hPicos: ZERO,
  reasoningPicos: null,
};

/** A tier's gaps are filled from the tier itself, never from the base rates: a long prompt's cache must not get cheaper than the tier says. */
const filled = (rates: TokenRates): FilledRates => ({
  inputPicos: rates.inputPicos,
  outputPicos: rates.outputPicos,
  cacheReadPicos: rates.cacheReadPicos ?? rates.inputPicos,
  cacheWrite5mPicos: rates.cacheWrite5mPicos ?? rates.inputPicos,
  cacheWrite1hPicos: rates.cacheWrite1hPicos ?? rates.inputPicos,
  reasoningPicos: rates.reasoningPicos,
});

const isReached = (tier: ContextTier, promptTokens: number): boolean =>
  tier.isInclusive ? promptTokens >= tier.promptTokens : promptTokens > tier.promptTokens;

/** At equal sizes the exclusive tier is the higher one: it takes a longer prompt to reach. */
const isHigher = (tier: ContextTier, than: ContextTier): boolean =>
  tier.promptTokens === than.promptTokens ? !tier.isInclusive && than.isInclusive : tier.promptTokens > than.promptTokens;

/** The rates that a prompt of this size (cached parts included) is charged at: those of the highest tier that it reaches. */
export function ratesAt(card: RateCard, promptTokens: number): FilledRates {
  if (card.isFree) return FREE;
  let highest: ContextTier | undefined;
  for (const tier of card.tiers) {
    if (isReached(tier, promptTokens) && (!highest || isHigher(tier, highest))) highest = tier;
  }
  return filled(highest?.rates ?? card.rates);
}

/** The rates of every tier that some prompt of at most `promptTokensMax` tokens is charged at, the base rates first. */
export function reachableRates(card: RateCard, promptTokensMax: number): readonly FilledRates[] {
  if (card.isFree) return [FREE];
  const tiers = card.tiers.filter((tier) => isReached(tier, promptTokensMax));
  return [card.rates, ...tiers.map((tier) => tier.rates)].map(filled);
}
