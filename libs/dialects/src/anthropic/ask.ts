/** Reads and prepares Anthropic requests: POST /v1/messages and /v1/messages/count_tokens. */
import { asProblems, FieldReader, isPostTo, readTopLevel, smallObject } from '../ask-reading.ts';
import { clientFamily } from '../client-family.ts';
import type { Ask, Dialect, RelayRequest } from '../dialect.ts';
import { type JsonObject, requestKeyTable } from '../json-object.ts';
import { edited, modelEdits, outgoingQuery } from '../outgoing.ts';
import { openingTurns } from '../prompt-parts.ts';
import { sessionKey, subKey } from '../session.ts';
import { reported, reportedList } from '../token-count.ts';

const COUNT_TOKENS = '/v1/messages/count_tokens';
const PATHS = new Set(['/v1/messages', COUNT_TOKENS]);

const BODY = requestKeyTable('model', 'stream', 'max_tokens', 'metadata', 'system', 'messages', 'tools', 'output_config');
const MODEL_ONLY = requestKeyTable('model');

type Body = JsonObject<'model' | 'stream' | 'max_tokens' | 'metadata' | 'system' | 'messages' | 'tools' | 'output_config'>;

/** Whether a request is one of Anthropic's. */
export const serves: Dialect['serves'] = (request) => isPostTo(request, PATHS);

/** See `Dialect.readAsk`. */
export const readAsk: Dialect['readAsk'] = asProblems((request) => {
  const body = readTopLevel(request.body, BODY);
  const fields = new FieldReader();
  const model = fields.model(body);
  const isStream = fields.flag(body, 'stream');
  const maxOutputTokens = fields.integer(body, 'max_tokens', { min: 0 });
  fields.finish(body);
  const operation = request.path === COUNT_TOKENS ? 'count_tokens' : 'generate';
  const family = clientFamily(request);
  return {
    dialect: 'anthropic',
    operation,
    model,
    isStream: isStream && operation === 'generate',
    maxOutputTokens,
    choices: 1,
    sessionKey: sessionKey(request, { fromBody: () => sessionInMetadata(body), derive: () => opening(body) }),
    subKey: subKey(request),
    clientFamily: family,
    requestClass: operation === 'count_tokens' ? 'count' : requestClass({ request, body, family }),
  };
});

/** See `Dialect.prepare`. Headers and unknown fields are not this dialect's to touch. */
export const prepare: Dialect['prepare'] = asProblems(({ request, upstreamModel }) => ({
  path: request.path,
  query: outgoingQuery(request),
  body: edited(request.body, modelEdits(readTopLevel(request.body, MODEL_ONLY), upstreamModel)),
  usageWasAdded: false,
}));

function opening(body: Body): readonly Uint8Array[] | undefined {
  const turns = openingTurns(body, 'messages');
  const system = body.span('system');
  return turns && (system ? [body.bytes.subarray(system.start, system.end), ...turns] : turns);
}

/** Claude Code writes a JSON text into `metadata.user_id`; older versions `user_<hash>_account_<id>_session_<id>`. */
function sessionInMetadata(body: Body): string | undefined {
  const userId = smallObject(body, 'metadata')?.['user_id'];
  if (typeof userId !== 'string') return undefined;
  const session = userId.startsWith('{') ? reported(parsed(userId))?.['session_id'] : /_session_(.+)$/.exec(userId)?.[1];
  return typeof session === 'string' ? session : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Any text is a valid user id.
  }
}

/** Classes that Claude Code names in a header where its user asked for hints, in our words. */
const HINTED: ReadonlyMap<string, string> = new Map([
  ['main', 'main'],
  ['subagent', 'subagent'],
  ['workflow', 'subagent'],
  ['compaction', 'compaction'],
  ['auxiliary', 'auxiliary'],
  ['side_reply', 'auxiliary'],
]);

function requestClass(input: { readonly request: RelayRequest; readonly body: Body; readonly family: string }): Ask['requestClass'] {
  const { request, body, family } = input;
  const hint = HINTED.get(request.headers['x-claude-code-request-class'] ?? '');
  if (hint !== undefined) return hint;
  if (request.headers['x-claude-code-agent-id'] !== undefined) return 'subagent';
  if (family !== 'claude-code') return 'main';
  if (!hasElements(body, 'tools') && reported(smallObject(body, 'output_config')?.['format'])?.['type'] === 'json_schema') return 'title';
  return isWebSearch(body) ? 'auxiliary' : 'main';
}

const hasElements = (body: Body, name: 'tools'): boolean => body.elements(name).next().done !== true;

/** The second call of the WebSearch tool offers the provider's own search and nothing else. */
function isWebSearch(body: Body): boolean {
  const [first, second] = body.elements('tools');
  if (!first || second || first.end - first.start > SEARCH_TOOL_BYTES_MAX) return false;
  const [tool] = reportedList([parsed(new TextDecoder().decode(body.bytes.subarray(first.start, first.end)))]);
  return String(tool?.['type']).startsWith('web_search');
}

/** A declaration of the provider's own search is a few hundred bytes; any longer tool is a client's. */
const SEARCH_TOOL_BYTES_MAX = 4_096;
