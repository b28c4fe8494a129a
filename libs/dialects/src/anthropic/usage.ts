/** Anthropic's way of counting: cache reads and writes stand apart from `input_tokens`, reasoning is inside `output_tokens`. */
import { NO_TOKENS, type TokenUsage } from '@lurus/base/token-usage';
import type { ExtraUsage } from '../dialect.ts';
import type { Findings } from '../findings.ts';
import { type Reported, reported, reportedList, tokenCount } from '../token-count.ts';

/** Usage of one answer: the model's own, and what other models did for it. */
export interface AnthropicUsage {
  readonly usage: TokenUsage;
  readonly extraUsage: readonly ExtraUsage[];
}

/**
 * Reads a usage object; undefined where it holds no count. `iterations` list the passes of one answer: a compaction pass is left out of
 * the top level, so with one all passes are summed; an advisor's pass is on top and charged at its own model's price; after a fallback the
 * top level is the fallback's pass alone.
 */
export function readAnthropicUsage(findings: Findings, usage: Reported): AnthropicUsage | undefined {
  const own = passUsage(findings, usage);
  const passes = reportedList(usage['iterations']);
  const extraUsage = passes.filter((pass) => pass['type'] === 'advisor_message').flatMap((pass) => advisorUsage(findings, pass));
  if (!own) return undefined;
  if (!passes.some((pass) => pass['type'] === 'compaction')) return { usage: own, extraUsage };
  const summed = ownPasses(passes)
    .map((pass) => passUsage(findings, pass) ?? NO_TOKENS)
    .reduce(addUsage, NO_TOKENS);
  return { usage: { ...summed, reasoningTokens: own.reasoningTokens }, extraUsage };
}

/** The passes of the answer's own model: not the advisor's, and after a fallback not the ones that it replaced. */
function ownPasses(passes: readonly Reported[]): readonly Reported[] {
  const hasFallback = passes.some((pass) => pass['type'] === 'fallback_message');
  return passes.filter((pass) => pass['type'] !== 'advisor_message' && !(hasFallback && pass['type'] === 'message'));
}

function advisorUsage(findings: Findings, pass: Reported): ExtraUsage[] {
  const usage = passUsage(findings, pass);
  const { model } = pass;
  return usage && typeof model === 'string' ? [{ model, usage }] : [];
}

function passUsage(findings: Findings, pass: Reported): TokenUsage | undefined {
  const input = tokenCount(findings, pass['input_tokens']);
  const output = tokenCount(findings, pass['output_tokens']);
  const cacheRead = tokenCount(findings, pass['cache_read_input_tokens']);
  const written = tokenCount(findings, pass['cache_creation_input_tokens']);
  const writes = splitWrites(findings, written, reported(pass['cache_creation']));
  if (input === undefined && output === undefined && cacheRead === undefined && written === undefined) return undefined;
  return {
    inputTokens: input ?? 0,
    cacheReadTokens: cacheRead ?? 0,
    ...writes,
    outputTokens: output ?? 0,
    reasoningTokens: tokenCount(findings, reported(pass['output_tokens_details'])?.['thinking_tokens']) ?? 0,
  };
}

/** A missing split means five minutes, and so does the part of the total that the split leaves out. */
function splitWrites(
  findings: Findings,
  written: number | undefined,
  split: Reported | undefined,
): Pick<TokenUsage, 'cacheWrite5mTokens' | 'cacheWrite1hTokens'> {
  const hour = tokenCount(findings, split?.['ephemeral_1h_input_tokens']) ?? 0;
  const fiveMinutes = tokenCount(findings, split?.['ephemeral_5m_input_tokens']) ?? 0;
  const total = written ?? hour + fiveMinutes;
  if (hour + fiveMinutes > total) findings.isUsageSuspect = true;
  return { cacheWrite1hTokens: Math.min(hour, total), cacheWrite5mTokens: Math.max(0, total - hour) };
}

const addUsage = (left: TokenUsage, right: TokenUsage): TokenUsage => ({
  inputTokens: left.inputTokens + right.inputTokens,
  cacheReadTokens: left.cacheReadTokens + right.cacheReadTokens,
  cacheWrite5mTokens: left.cacheWrite5mTokens + right.cacheWrite5mTokens,
  cacheWrite1hTokens: left.cacheWrite1hTokens + right.cacheWrite1hTokens,
  outputTokens: left.outputTokens + right.outputTokens,
  reasoningTokens: left.reasoningTokens + right.reasoningTokens,
});
