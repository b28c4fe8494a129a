/**
 * Which conversation a request belongs to, so that it goes where its prompt is cached.
 *
 * | client | key, the first that is there | sub-key |
 * |---|---|---|
 * | Claude Code | `x-claude-code-session-id`, else `metadata.user_id`'s session | `x-claude-code-agent-id`, `x-claude-code-prompt-id` |
 * | Codex | `session-id`, else `prompt_cache_key`, else `client_metadata.session_id` | `thread-id`, `x-codex-turn-state`, `x-codex-parent-thread-id` |
 * | OpenCode | `x-session-id`, `x-session-affinity` | |
 * | Gemini CLI | `x-session-id` if its user sets it, else a digest of `contents[0]` | |
 * | other clients | body `prompt_cache_key` or `user`, else a digest of the system prompt and the first user message | |
 *
 * The caller's key is part of no digest: a session key means something within one API key only, whichever way it was found, and secrets
 * have no place in logs.
 */
import type { RelayRequest } from './dialect.ts';
import { encode } from './bytes.ts';
import { textDigest } from './text-digest.ts';

/** Longest session key that is kept as the client sent it; longer ones are replaced by a digest, since keys stand in events of under 1 KB. */
const KEY_CHARACTERS_MAX = 128;

/** Bytes of a prompt part that go into a digest: enough to tell conversations apart, without reading an attached image. */
const DIGEST_BYTES_MAX = 16_384;

const SESSION_HEADERS = ['x-claude-code-session-id', 'session-id', 'x-session-id', 'x-session-affinity'] as const;

const SUB_KEY_HEADERS = [
  'x-claude-code-agent-id',
  'x-claude-code-prompt-id',
  'thread-id',
  'x-codex-turn-state',
  'x-codex-parent-thread-id',
] as const;

/** The first of the headers that names something. */
const firstOf = (request: RelayRequest, names: readonly string[]): string | undefined =>
  names.map((name) => request.headers[name]).find((value) => value !== undefined && value !== '');

const bounded = (key: string | undefined): string | undefined =>
  key !== undefined && key.length > KEY_CHARACTERS_MAX ? `long-${textDigest([encode(key)])}` : key;

/** The session's key: from headers, else from the body, else derived. `fromBody` and `derive` are only called where they are needed. */
export function sessionKey(
  request: RelayRequest,
  sources: { readonly fromBody: () => string | undefined; readonly derive: () => readonly Uint8Array[] | undefined },
): string | undefined {
  const given = firstOf(request, SESSION_HEADERS) ?? sources.fromBody();
  if (given !== undefined && given !== '') return bounded(given);
  const parts = sources.derive();
  return parts && `derived-${textDigest(parts.map((part) => part.subarray(0, DIGEST_BYTES_MAX)))}`;
}

/** What tells parts of one session apart: a sub-agent, a thread, a turn. */
export const subKey = (request: RelayRequest): string | undefined => bounded(firstOf(request, SUB_KEY_HEADERS));
