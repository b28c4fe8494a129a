import type { AskInput, SimulatedAsk } from '../ask.ts';
import { countOf, type JsonObject, objectOf, objectsOf, textOf } from '../json-reading.ts';
import { tokensOfBytes } from '../token-count.ts';
import { automaticCache } from './automatic-cache.ts';

/** Reads a request of the Chat Completions API. */
export function readChatAsk({ body, bodyBytes }: AskInput): SimulatedAsk {
  const promptTokens = tokensOfBytes(bodyBytes);
  const last = objectsOf(body['messages']).at(-1) ?? {};
  const lastText = contentText(last['content']);
  return {
    dialect: 'openai-chat',
    operation: 'generate',
    model: textOf(body['model']) ?? '',
    isStream: body['stream'] === true,
    streamForm: 'sse',
    promptTokens,
    cached: automaticCache({ promptTokens, cacheKey: body['prompt_cache_key'] }),
    choices: Math.max(1, countOf(body['n']) ?? 1),
    maxOutputTokens: countOf(body['max_completion_tokens']) ?? countOf(body['max_tokens']),
    lastText,
    toolResult: last['role'] === 'tool' ? lastText : undefined,
    tools: objectsOf(body['tools']).map(offeredTool),
    schema: objectOf(objectOf(body['response_format'])['json_schema'])['schema'],
    wantsReasoning: !['none', undefined].includes(textOf(body['reasoning_effort'])),
    wantsUsage: objectOf(body['stream_options'])['include_usage'] === true,
    wantsCompaction: false,
    body,
  };
}

const contentText = (content: unknown): string =>
  textOf(content) ??
  objectsOf(content)
    .map((part) => textOf(part['text']) ?? '')
    .join('\n');

function offeredTool(tool: JsonObject): SimulatedAsk['tools'][number] {
  const isCustom = tool['type'] === 'custom';
  const inner = objectOf(tool[isCustom ? 'custom' : 'function']);
  return { name: textOf(inner['name']) ?? '', kind: isCustom ? 'custom' : 'function', namespace: undefined, schema: inner['parameters'] };
}
