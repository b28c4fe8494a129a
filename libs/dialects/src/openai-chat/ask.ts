/** Reads and prepares Chat requests: POST /v1/chat/completions. */
import { asProblems, FieldReader, isPostTo, readTopLevel } from '../ask-reading.ts';
import { encode } from '../bytes.ts';
import { clientFamily } from '../client-family.ts';
import type { Dialect } from '../dialect.ts';
import { isObjectAt, type JsonObject, keyTable, readObject, requestKeyTable } from '../json-object.ts';
import { skipSpace } from '../json-skip.ts';
import { type Edit, edited, modelEdits, outgoingQuery } from '../outgoing.ts';
import { openingTurns } from '../prompt-parts.ts';
import { sessionKey, subKey } from '../session.ts';

const PATHS = new Set(['/v1/chat/completions']);

const BODY = requestKeyTable(
  'model',
  'stream',
  'max_tokens',
  'max_completion_tokens',
  'n',
  'user',
  'prompt_cache_key',
  'messages',
  'tools',
);
const EDITABLE = requestKeyTable('model', 'stream_options');
const STREAM_OPTIONS = keyTable('include_usage');

/** Whether a request is a Chat completion. */
export const serves: Dialect['serves'] = (request) => isPostTo(request, PATHS);

/** See `Dialect.readAsk`. Where both bounds on the output are given, the larger one holds. */
export const readAsk: Dialect['readAsk'] = asProblems((request) => {
  const body = readTopLevel(request.body, BODY);
  const fields = new FieldReader();
  const model = fields.model(body);
  const isStream = fields.flag(body, 'stream');
  const bounds = [fields.integer(body, 'max_completion_tokens', { min: 0 }), fields.integer(body, 'max_tokens', { min: 0 })];
  const choices = fields.integer(body, 'n', { min: 1 }) ?? 1;
  fields.finish(body);
  const given = bounds.filter((bound) => bound !== undefined);
  const family = clientFamily(request);
  return {
    dialect: 'openai-chat',
    operation: 'generate',
    model,
    isStream,
    maxOutputTokens: given.length > 0 ? Math.max(...given) : undefined,
    choices,
    sessionKey: sessionKey(request, {
      fromBody: () => body.text('prompt_cache_key') ?? body.text('user'),
      derive: () => openingTurns(body, 'messages'),
    }),
    subKey: subKey(request),
    clientFamily: family,
    // OpenCode asks for a title before its first turn, the one call that it makes without tools.
    requestClass: family === 'opencode' && body.elements('tools').next().done === true ? 'title' : 'main',
  };
});

/** See `Dialect.prepare`. A stream always reports its usage; the filter drops the extra chunk where the client did not ask. */
export const prepare: Dialect['prepare'] = asProblems(({ request, ask, upstreamModel }) => {
  const body = readTopLevel(request.body, EDITABLE);
  const usageEdits = ask.isStream ? includeUsage(body) : [];
  return {
    path: request.path,
    query: outgoingQuery(request),
    body: edited(request.body, [...modelEdits(body, upstreamModel), ...usageEdits]),
    usageWasAdded: usageEdits.length > 0,
  };
});

const OPTION = '"include_usage":true';
const FIELD = `"stream_options":{${OPTION}}`;

/** The edits that switch usage on; none where it is on. */
function includeUsage(body: JsonObject<'model' | 'stream_options'>): Edit[] {
  const span = body.span('stream_options');
  if (!span) return [insertMember(body.bytes, skipSpace(body.bytes, 0), FIELD)];
  if (!isObjectAt(body.bytes, span.start)) return [{ ...span, bytes: encode(`{${OPTION}}`) }];
  const options = readObject(body.bytes, span.start, STREAM_OPTIONS);
  const option = options.span('include_usage');
  if (!option) return [insertMember(body.bytes, span.start, OPTION)];
  return options.value('include_usage') === true ? [] : [{ ...option, bytes: encode('true') }];
}

/** Puts a member first into the object whose brace stands at `brace`. */
function insertMember(bytes: Uint8Array, brace: number, member: string): Edit {
  const isEmpty = bytes[skipSpace(bytes, brace + 1)] === CLOSE_BRACE;
  return { start: brace + 1, end: brace + 1, bytes: encode(isEmpty ? member : `${member},`) };
}

const CLOSE_BRACE = 0x7d;
