/** What the gateway serves besides relaying, which dialect a request belongs to, and what to say about paths that do not exist. */
import type { DialectName } from '@lurus/base/dialect-name';
import type { Problem } from '@lurus/base/problem';
import { methodWrong, pathUnknown } from './problems.ts';

/** For people who look for the right path. */
export const ENDPOINTS = [
  'POST /v1/messages',
  'POST /v1/messages/count_tokens',
  'POST /v1/chat/completions',
  'POST /v1/responses',
  'POST /v1beta/models/{model}:generateContent',
  'POST /v1beta/models/{model}:streamGenerateContent',
  'POST /v1beta/models/{model}:countTokens',
  'GET /v1/models',
  'GET /v1beta/models',
] as const;

export interface RequestLine {
  readonly method: string;
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** The dialect whose form an error takes where no endpoint decides it: by what the path looks like, then by the headers that only one sends. */
export function closestDialect({ path, headers }: Omit<RequestLine, 'method'>): DialectName {
  if (path.startsWith('/v1beta') || /^\/v1\/models\/[^/]+:/.test(path) || headers['x-goog-api-key'] !== undefined) return 'gemini';
  if (path.startsWith('/v1/messages') || headers['anthropic-version'] !== undefined) return 'anthropic';
  return /\/responses\b/.test(path) ? 'openai-responses' : 'openai-chat';
}

/** The form of a list of models that a GET asks for, undefined where it asks for something else. */
export function modelListDialect({ method, path, headers }: RequestLine): 'anthropic' | 'openai-chat' | 'gemini' | undefined {
  if (method !== 'GET' && method !== 'HEAD') return undefined;
  if (path === '/v1beta/models') return 'gemini';
  if (path !== '/v1/models' && path !== '/models') return undefined;
  if (headers['anthropic-version'] !== undefined) return 'anthropic';
  return headers['x-goog-api-key'] === undefined ? 'openai-chat' : 'gemini';
}

/** Connection warm-ups of clients; any quick answer will do. */
export const isGreeting = ({ method, path }: Pick<RequestLine, 'method' | 'path'>): boolean =>
  (method === 'HEAD' || method === 'GET') && (path === '/' || path === '/api/hello');

/** The problem with a request that no endpoint takes. `takes` says whether the relay would take another method at this path. */
export function unservedProblem({ method, path }: Pick<RequestLine, 'method' | 'path'>, takes: (method: string) => boolean): Problem {
  const shown = path.slice(0, 200);
  if (takes('POST')) return methodWrong({ method, path: shown, allowed: ['POST'] });
  if (path === '/v1/models' || path === '/v1beta/models' || path === '/models') {
    return methodWrong({ method, path: shown, allowed: ['GET'] });
  }
  return pathUnknown({ method, path: shown, endpoints: ENDPOINTS });
}
