/** OpenAI's way of counting, which many vendors speak with an accent: cached and written tokens are inside the prompt, reasoning inside the output. */
import type { TokenUsage } from '@lurus/base/token-usage';
import type { Findings } from './findings.ts';
import { type Reported, reported, tokenCount } from './token-count.ts';

/** Reads the usage object of a Chat completion; undefined where it holds no count. */
export function readChatUsage(findings: Findings, usage: Reported): TokenUsage | undefined {
  const prompt = tokenCount(findings, usage['prompt_tokens']);
  const completion = tokenCount(findings, usage['completion_tokens']);
  if (prompt === undefined && completion === undefined) return undefined;
  const promptDetails = reported(usage['prompt_tokens_details']);
  const reasoning = tokenCount(findings, reported(usage['completion_tokens_details'])?.['reasoning_tokens']);
  const sides = balance(findings, usage, { prompt: prompt ?? 0, completion: completion ?? 0, reasoning });
  return splitPrompt(findings, {
    prompt: sides.prompt,
    read: mostOf(findings, [
      promptDetails?.['cached_tokens'],
      usage['prompt_cache_hit_tokens'], // DeepSeek
      usage['num_cached_tokens'], // Mistral, beside or instead of the details
      usage['cached_tokens'], // Kimi
    ]),
    written: tokenCount(findings, promptDetails?.['cache_write_tokens']) ?? 0,
    output: sides.completion,
    reasoning: reasoning ?? 0,
  });
}

/** Reads the usage object of a Responses answer; undefined where it holds no count. */
export function readResponsesUsage(findings: Findings, usage: Reported): TokenUsage | undefined {
  const input = tokenCount(findings, usage['input_tokens']);
  const output = tokenCount(findings, usage['output_tokens']);
  if (input === undefined && output === undefined) return undefined;
  const inputDetails = reported(usage['input_tokens_details']);
  return splitPrompt(findings, {
    prompt: input ?? 0,
    read: tokenCount(findings, inputDetails?.['cached_tokens']) ?? 0,
    written: tokenCount(findings, inputDetails?.['cache_write_tokens']) ?? 0,
    output: output ?? 0,
    reasoning: tokenCount(findings, reported(usage['output_tokens_details'])?.['reasoning_tokens']) ?? 0,
  });
}

/**
 * Finds tokens that show in the total alone. xAI reports reasoning on top of the completion; Google's OpenAI layer shows thinking nowhere but
 * in the total, and sends no details; Mistral's audio input is neither in the prompt nor in the completion. A total that is
 * larger for none of these reasons is not believed, since a wrong total must not become a charge.
 */
function balance(
  findings: Findings,
  usage: Reported,
  counts: { readonly prompt: number; readonly completion: number; readonly reasoning: number | undefined },
): { readonly prompt: number; readonly completion: number } {
  const { prompt, completion, reasoning } = counts;
  const total = tokenCount(findings, usage['total_tokens']) ?? 0;
  const missing = total - prompt - completion;
  if (missing <= 0) return { prompt, completion };
  if (missing === reasoning) return { prompt, completion: completion + reasoning };
  if (usage['prompt_audio_seconds'] !== undefined) return { prompt: total - completion, completion };
  if (!reported(usage['completion_tokens_details'])) return { prompt, completion: total - prompt };
  findings.isUsageSuspect = true;
  return { prompt, completion };
}

/** The largest of the counts that are there: vendors that fill two places fill one of them with zero at times. */
const mostOf = (findings: Findings, values: readonly unknown[]): number =>
  Math.max(...values.map((value) => tokenCount(findings, value) ?? 0));

/** Takes the cached and written parts out of the prompt; a vendor was seen with more cached than prompt tokens. */
function splitPrompt(
  findings: Findings,
  counts: { readonly prompt: number; readonly read: number; readonly written: number; readonly output: number; readonly reasoning: number },
): TokenUsage {
  const uncached = counts.prompt - counts.read - counts.written;
  if (uncached < 0) findings.isUsageSuspect = true;
  return {
    inputTokens: Math.max(0, uncached),
    cacheReadTokens: counts.read,
    cacheWrite5mTokens: counts.written,
    cacheWrite1hTokens: 0,
    outputTokens: counts.output,
    reasoningTokens: counts.reasoning,
  };
}
