/** Google's way of counting: cached tokens are inside the prompt, tool use is on top of it, thoughts are on top of the candidates. */
import type { TokenUsage } from '@lurus/base/token-usage';
import type { Findings } from '../findings.ts';
import { type Reported, tokenCount } from '../token-count.ts';

/** Reads `usageMetadata`; undefined where it holds no count, as for blocked prompts. Google leaves zeros out. */
export function readGeminiUsage(findings: Findings, usage: Reported): TokenUsage | undefined {
  const prompt = tokenCount(findings, usage['promptTokenCount']);
  const candidates = tokenCount(findings, usage['candidatesTokenCount']);
  const thoughts = tokenCount(findings, usage['thoughtsTokenCount']);
  const toolUse = tokenCount(findings, usage['toolUsePromptTokenCount']);
  if (prompt === undefined && candidates === undefined && thoughts === undefined && toolUse === undefined) return undefined;
  const cached = tokenCount(findings, usage['cachedContentTokenCount']) ?? 0;
  const input = (prompt ?? 0) + (toolUse ?? 0);
  if (cached > input) findings.isUsageSuspect = true;
  return {
    inputTokens: Math.max(0, input - cached),
    cacheReadTokens: cached,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    outputTokens: (candidates ?? 0) + (thoughts ?? 0),
    reasoningTokens: thoughts ?? 0,
  };
}
