/** Which program sent a request, by what it says of itself. For the log and for what we know of its habits; never for permissions. */
import type { RelayRequest } from './dialect.ts';

/** By user agent, the first that fits. Programs stand before the libraries that they are built on. */
const FAMILIES: readonly (readonly [pattern: RegExp, family: string])[] = [
  [/^claude-cli\//i, 'claude-code'],
  [/^codex[-_/ ]/i, 'codex'],
  [/^GeminiCLI/i, 'gemini-cli'],
  [/^opencode\//i, 'opencode'],
  [/^QwenCode\//i, 'qwen-code'],
  [/^(?:Async)?OpenAI\//i, 'openai-sdk'],
  [/^(?:Async)?Anthropic\//i, 'anthropic-sdk'],
  [/google-genai-sdk\//i, 'google-genai-sdk'],
  [/\bai-sdk\//i, 'ai-sdk'],
  [/^curl\//i, 'curl'],
];

/** The client's family, `other` where it is none that we know. */
export function clientFamily(request: RelayRequest): string {
  const agent = request.headers['user-agent'] ?? '';
  const known = FAMILIES.find(([pattern]) => pattern.test(agent))?.[1];
  if (known !== undefined) return known;
  if (request.headers['originator']?.startsWith('codex') === true) return 'codex';
  return request.headers['x-goog-api-client']?.includes('google-genai-sdk/') === true ? 'google-genai-sdk' : 'other';
}
