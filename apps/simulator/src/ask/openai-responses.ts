import type { AskInput, OfferedTool, SimulatedAsk } from '../ask.ts';
import { countOf, type JsonObject, objectOf, objectsOf, textOf } from '../json-reading.ts';
import { tokensOfBytes } from '../token-count.ts';
import { automaticCache } from './automatic-cache.ts';

/** Reads a request of the Responses API, Codex's `additional_tools`, namespaces and custom tools included. */
export function readResponsesAsk({ body, bodyBytes }: AskInput): SimulatedAsk {
  const promptTokens = tokensOfBytes(bodyBytes);
  const items = typeof body['input'] === 'string' ? [{ role: 'user', content: body['input'] }] : objectsOf(body['input']);
  const last: JsonObject = items.at(-1) ?? {};
  const isResult = ['function_call_output', 'custom_tool_call_output'].includes(textOf(last['type']) ?? '');
  return {
    dialect: 'openai-responses',
    operation: 'generate',
    model: textOf(body['model']) ?? '',
    isStream: body['stream'] === true,
    streamForm: 'sse',
    promptTokens,
    cached: automaticCache({ promptTokens, cacheKey: body['prompt_cache_key'] }),
    choices: 1,
    maxOutputTokens: countOf(body['max_output_tokens']),
    lastText: contentText(last['content']),
    toolResult: isResult ? contentText(last['output']) : undefined,
    tools: [...objectsOf(body['tools']), ...items.filter(isToolList).flatMap((item) => objectsOf(item['tools']))].flatMap((tool) =>
      offeredTools(tool, undefined),
    ),
    schema: objectOf(objectOf(body['text'])['format'])['schema'],
    wantsReasoning: body['reasoning'] !== undefined && body['reasoning'] !== null,
    wantsUsage: true,
    wantsCompaction: last['type'] === 'compaction_trigger',
    body,
  };
}

/** Codex's current models send their tools as the first item of the input instead of in `tools`. */
const isToolList = (item: JsonObject): boolean => item['type'] === 'additional_tools';

function offeredTools(tool: JsonObject, namespace: string | undefined): OfferedTool[] {
  const name = textOf(tool['name']) ?? '';
  if (tool['type'] === 'namespace') return objectsOf(tool['tools']).flatMap((inner) => offeredTools(inner, name));
  if (tool['type'] === 'custom') return [{ name, kind: 'custom', namespace, schema: undefined }];
  return tool['type'] === 'function' ? [{ name, kind: 'function', namespace, schema: tool['parameters'] }] : [];
}

const contentText = (content: unknown): string =>
  textOf(content) ??
  objectsOf(content)
    .map((part) => textOf(part['text']) ?? '')
    .join('\n');
