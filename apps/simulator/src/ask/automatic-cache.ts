import { type CachedTokens, NOTHING_CACHED } from '../ask.ts';

const BLOCK_TOKENS = 128; // OpenAI's caches grow in steps of 128 tokens.

/**
 * The part of a prompt that OpenAI's own caching would have found: half of it in whole blocks, where the request names a cache key. Without a
 * memory, so that the same request always costs the same.
 */
export function automaticCache(input: { readonly promptTokens: number; readonly cacheKey: unknown }): CachedTokens {
  if (typeof input.cacheKey !== 'string') return NOTHING_CACHED;
  return { ...NOTHING_CACHED, read: Math.floor(input.promptTokens / 2 / BLOCK_TOKENS) * BLOCK_TOKENS };
}
