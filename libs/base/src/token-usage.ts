import { z } from 'zod';

/** Whole tokens, never negative, within what a double holds exactly. */
const Tokens = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/**
 * What one answer consumed, by class, after every dialect's own way of counting has been taken apart: the classes `input`, `cacheRead`,
 * `cacheWrite5m` and `cacheWrite1h` do not overlap and add up to the whole prompt; `output` is all that was generated, reasoning included;
 * `reasoning` is the part of `output` that was reasoning (0 when not reported).
 */
export const TokenUsageSchema = z.strictObject({
  inputTokens: Tokens,
  cacheReadTokens: Tokens,
  cacheWrite5mTokens: Tokens,
  cacheWrite1hTokens: Tokens,
  outputTokens: Tokens,
  reasoningTokens: Tokens,
});
export type TokenUsage = z.infer<typeof TokenUsageSchema>;

/** Nothing of any class. */
export const NO_TOKENS: TokenUsage = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
};

/** The whole prompt, cached and written parts included: the figure that context tiers are chosen by. */
export const promptTokens = (usage: TokenUsage): number =>
  usage.inputTokens + usage.cacheReadTokens + usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
