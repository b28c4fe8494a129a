import { type AskInput, type CachedTokens, NOTHING_CACHED, type SimulatedAsk } from '../ask.ts';
import { countOf, jsonBytes, type JsonObject, objectOf, objectsOf, textOf } from '../json-reading.ts';
import { tokensOfBytes } from '../token-count.ts';

/** Reads a request of the Messages API. */
export function readAnthropicAsk({ path, body, bodyBytes }: AskInput): SimulatedAsk {
  const promptTokens = tokensOfBytes(bodyBytes);
  const last = objectsOf(body['messages']).findLast((message) => message['role'] !== 'system');
  const blocks = blocksOf(last?.['content']);
  const results = blocks.filter((block) => block['type'] === 'tool_result');
  return {
    dialect: 'anthropic',
    operation: path.endsWith('/count_tokens') ? 'count_tokens' : 'generate',
    model: textOf(body['model']) ?? '',
    isStream: body['stream'] === true,
    streamForm: 'sse',
    promptTokens,
    cached: cachedTokens(body, promptTokens),
    choices: 1,
    maxOutputTokens: countOf(body['max_tokens']),
    lastText: blocks.map((block) => textOf(block['text']) ?? '').join('\n'),
    toolResult: results.length > 0 ? results.map((result) => blockText(result['content'])).join('\n') : undefined,
    tools: objectsOf(body['tools'])
      .filter((tool) => textOf(tool['type']) === undefined || tool['type'] === 'custom') // Others run at the provider.
      .map((tool) => ({ name: textOf(tool['name']) ?? '', kind: 'function', namespace: undefined, schema: tool['input_schema'] })),
    schema: objectOf(objectOf(body['output_config'])['format'])['schema'],
    wantsReasoning: ['enabled', 'adaptive'].includes(textOf(objectOf(body['thinking'])['type']) ?? ''),
    wantsUsage: true,
    wantsCompaction: false,
    body,
  };
}

const blocksOf = (content: unknown): readonly JsonObject[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : objectsOf(content);

const blockText = (content: unknown): string =>
  blocksOf(content)
    .map((block) => textOf(block['text']) ?? '')
    .join('\n');

/**
 * Cache classes without a memory, so that the same request always costs the same: with marks after the prefixes p1 < … < pk, everything up to
 * p(k-1) was read from the cache and the part from there to pk was written to it, for as long as the last mark says.
 */
function cachedTokens(body: JsonObject, promptTokens: number): CachedTokens {
  const messages = objectsOf(body['messages']).flatMap((message) => blocksOf(message['content']));
  const marks: { tokens: number; isHour: boolean }[] = [];
  let bytes = 0;
  for (const block of [...objectsOf(body['tools']), ...blocksOf(body['system']), ...messages]) {
    bytes += jsonBytes(block);
    const mark = objectOf(block['cache_control']);
    if (mark['type'] !== 'ephemeral') continue;
    marks.push({ tokens: Math.min(promptTokens, tokensOfBytes(bytes)), isHour: mark['ttl'] === '1h' });
  }
  const last = marks.at(-1);
  if (!last) return NOTHING_CACHED;
  const read = marks.at(-2)?.tokens ?? 0;
  const written = last.tokens - read;
  return { read, write5m: last.isHour ? 0 : written, write1h: last.isHour ? written : 0 };
}
