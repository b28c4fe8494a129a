/** Reads and prepares Responses requests: POST /v1/responses, /responses (Codex with a base URL that lacks /v1) and …/compact. */
import { asProblems, FieldReader, isPostTo, readTopLevel, smallObject } from '../ask-reading.ts';
import { clientFamily } from '../client-family.ts';
import type { Ask, Dialect, RelayRequest } from '../dialect.ts';
import { type JsonObject, requestKeyTable } from '../json-object.ts';
import { edited, modelEdits, outgoingQuery } from '../outgoing.ts';
import { openingTurns } from '../prompt-parts.ts';
import { sessionKey, subKey } from '../session.ts';
import { reported } from '../token-count.ts';

const PATHS = new Set(['/v1/responses', '/responses', '/v1/responses/compact', '/responses/compact']);

const BODY = requestKeyTable(
  'model',
  'stream',
  'max_output_tokens',
  'prompt_cache_key',
  'client_metadata',
  'user',
  'instructions',
  'input',
);
const MODEL_ONLY = requestKeyTable('model');

type Body = JsonObject<'prompt_cache_key' | 'client_metadata' | 'user' | 'instructions' | 'input'>;

/** Whether a request is one of Responses. */
export const serves: Dialect['serves'] = (request) => isPostTo(request, PATHS);

/** See `Dialect.readAsk`. */
export const readAsk: Dialect['readAsk'] = asProblems((request) => {
  const body = readTopLevel(request.body, BODY);
  const fields = new FieldReader();
  const model = fields.model(body);
  const isStream = fields.flag(body, 'stream');
  const maxOutputTokens = fields.integer(body, 'max_output_tokens', { min: 0 });
  fields.finish(body);
  return {
    dialect: 'openai-responses',
    operation: 'generate',
    model,
    isStream,
    maxOutputTokens,
    choices: 1,
    sessionKey: sessionKey(request, { fromBody: () => sessionInBody(body), derive: () => opening(body) }),
    subKey: subKey(request),
    clientFamily: clientFamily(request),
    requestClass: requestClass(request),
  };
});

/** See `Dialect.prepare`. Upstream the path always has its version, which is where providers serve it. */
export const prepare: Dialect['prepare'] = asProblems(({ request, upstreamModel }) => ({
  path: request.path.startsWith('/v1/') ? request.path : `/v1${request.path}`,
  query: outgoingQuery(request),
  body: edited(request.body, modelEdits(readTopLevel(request.body, MODEL_ONLY), upstreamModel)),
  usageWasAdded: false,
}));

function sessionInBody(body: Body): string | undefined {
  const session = smallObject(body, 'client_metadata')?.['session_id'];
  return body.text('prompt_cache_key') ?? (typeof session === 'string' ? session : undefined) ?? body.text('user');
}

function opening(body: Body): readonly Uint8Array[] | undefined {
  const turns = openingTurns(body, 'input');
  const instructions = body.span('instructions');
  return turns && (instructions ? [body.bytes.subarray(instructions.start, instructions.end), ...turns] : turns);
}

/** Codex says in a header what a call is for; title calls carry a throw-away session, so they must be told apart. */
function requestClass(request: RelayRequest): Ask['requestClass'] {
  if (request.path.endsWith('/compact')) return 'compaction';
  const turn = reported(parsedHeader(request.headers['x-codex-turn-metadata']));
  if (turn?.['request_kind'] === 'compaction') return 'compaction';
  if (turn?.['thread_source'] === 'thread_title') return 'title';
  const isSubagent = turn?.['thread_source'] === 'subagent' || request.headers['x-openai-subagent'] !== undefined;
  return isSubagent ? 'subagent' : 'main';
}

function parsedHeader(value: string | undefined): unknown {
  try {
    return value === undefined ? undefined : JSON.parse(value);
  } catch {
    return undefined; // A header that is no JSON says nothing about the call.
  }
}
