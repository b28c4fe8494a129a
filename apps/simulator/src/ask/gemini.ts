import { type AskInput, NOTHING_CACHED, type SimulatedAsk } from '../ask.ts';
import { countOf, objectOf, objectsOf, textOf } from '../json-reading.ts';
import { tokensOfBytes } from '../token-count.ts';

/** `/v1beta/models/{model}:{method}`, with either version prefix. */
const PATH = /^\/v1(?:beta)?\/models\/(.+):(generateContent|streamGenerateContent|countTokens)$/;

/** Whether a path is one of Gemini's model methods. */
export const isGeminiPath = (path: string): boolean => PATH.test(path);

/** Reads a request of the Gemini API; model and method stand in its path. */
export function readGeminiAsk({ path, query, body, bodyBytes }: AskInput): SimulatedAsk {
  const [, model = '', method] = PATH.exec(path) ?? [];
  const promptTokens = tokensOfBytes(bodyBytes);
  const generation = objectOf(body['generationConfig']);
  const parts = objectsOf(objectsOf(body['contents']).at(-1)?.['parts']);
  const results = parts.filter((part) => part['functionResponse'] !== undefined);
  return {
    dialect: 'gemini',
    operation: method === 'countTokens' ? 'count_tokens' : 'generate',
    model: decodeURIComponent(model),
    isStream: method === 'streamGenerateContent',
    streamForm: query.get('alt') === 'sse' ? 'sse' : 'array',
    promptTokens,
    cached: typeof body['cachedContent'] === 'string' ? { ...NOTHING_CACHED, read: Math.floor(promptTokens / 2) } : NOTHING_CACHED,
    choices: Math.max(1, countOf(generation['candidateCount']) ?? 1),
    maxOutputTokens: countOf(generation['maxOutputTokens']),
    lastText: parts.map((part) => textOf(part['text']) ?? '').join('\n'),
    toolResult:
      results.length > 0 ? results.map((part) => JSON.stringify(objectOf(part['functionResponse'])['response'])).join('\n') : undefined,
    tools: objectsOf(body['tools'])
      .flatMap((tool) => objectsOf(tool['functionDeclarations']))
      .map((declaration) => ({
        name: textOf(declaration['name']) ?? '',
        kind: 'function',
        namespace: undefined,
        schema: declaration['parametersJsonSchema'] ?? declaration['parameters'],
      })),
    schema: generation['responseJsonSchema'] ?? generation['responseSchema'],
    wantsReasoning: objectOf(generation['thinkingConfig'])['includeThoughts'] === true,
    wantsUsage: true,
    wantsCompaction: false,
    body,
  };
}
