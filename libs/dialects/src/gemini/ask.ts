/** Reads and prepares Gemini requests: POST /v1beta/models/{model}:{generateContent,streamGenerateContent,countTokens}, and under /v1. */
import { asProblems, FieldReader, readTopLevel, smallObject } from '../ask-reading.ts';
import { clientFamily } from '../client-family.ts';
import { defineProblem } from '@lurus/base/problem';
import type { Ask, Dialect } from '../dialect.ts';
import { isArrayAt, type JsonObject, keyTable, requestKeyTable } from '../json-object.ts';
import { outgoingQuery } from '../outgoing.ts';
import { sessionKey, subKey } from '../session.ts';

const PATH = /^(\/v1(?:beta)?\/models\/)([^/:]+(?:\/[^/:]+)*):(generateContent|streamGenerateContent|countTokens)$/;

/** Google takes both spellings of every field. */
const BODY = requestKeyTable('contents', 'generationConfig', 'generation_config', 'tools');
const CONFIG = keyTable('maxOutputTokens', 'max_output_tokens', 'candidateCount', 'candidate_count');

type Body = JsonObject<'contents' | 'generationConfig' | 'generation_config' | 'tools'>;

const pathInvalid = defineProblem<{ readonly path: string }>({
  code: 'path_invalid',
  kind: 'invalid-request',
  status: 400,
  isRetryable: false,
  says: ({ path }) => `The path ${path.slice(0, 200)} names no model that could be read.`,
  fix: () => 'Use /v1beta/models/{model}:generateContent with the model percent-encoded, as listed by GET /v1beta/models.',
});

interface Target {
  readonly prefix: string;
  readonly model: string;
  readonly verb: string;
}

/** Whether a request is one of Gemini's. */
export const serves: Dialect['serves'] = (request) => request.method === 'POST' && PATH.test(request.path);

/** See `Dialect.readAsk`. */
export const readAsk: Dialect['readAsk'] = asProblems((request) => {
  const { model, verb } = targetOf(request.path);
  const body = readTopLevel(request.body, BODY);
  const fields = new FieldReader();
  const bounds = readBounds(fields, body);
  fields.finish(body);
  const operation = verb === 'countTokens' ? 'count_tokens' : 'generate';
  const isStream = verb === 'streamGenerateContent';
  const family = clientFamily(request);
  return {
    dialect: 'gemini',
    operation,
    model,
    isStream,
    ...bounds,
    sessionKey: sessionKey(request, { fromBody: () => undefined, derive: () => opening(body) }),
    subKey: subKey(request),
    clientFamily: family,
    requestClass: operation === 'count_tokens' ? 'count' : requestClass({ body, family, isStream }),
  };
});

/** See `Dialect.prepare`. The model stands in the path alone, so the body is always the client's. */
export const prepare: Dialect['prepare'] = ({ request, upstreamModel }) => {
  const { prefix, model, verb } = targetOf(request.path);
  return {
    path: model === upstreamModel ? request.path : `${prefix}${encodeURIComponent(upstreamModel)}:${verb}`,
    query: outgoingQuery(request),
    body: request.body,
    usageWasAdded: false,
  };
};

function targetOf(path: string): Target {
  const [, prefix, model, verb] = PATH.exec(path) ?? [];
  if (prefix === undefined || model === undefined || verb === undefined) throw pathInvalid({ path });
  try {
    return { prefix, model: decodeURIComponent(model), verb };
  } catch (cause) {
    throw pathInvalid({ path }, { cause });
  }
}

function readBounds(fields: FieldReader, body: Body): Pick<Ask, 'maxOutputTokens' | 'choices'> {
  const name = body.holds('generationConfig') ? 'generationConfig' : 'generation_config';
  const config = body.object(name, CONFIG);
  if (!config) {
    if (body.holds(name)) fields.fault(name, 'must be an object');
    return { maxOutputTokens: undefined, choices: 1 };
  }
  const read = (camel: 'maxOutputTokens' | 'candidateCount', snake: 'max_output_tokens' | 'candidate_count', min: number) =>
    fields.integer(config, camel, { min, path: `${name}.${camel}` }) ?? fields.integer(config, snake, { min, path: `${name}.${snake}` });
  return {
    maxOutputTokens: read('maxOutputTokens', 'max_output_tokens', 0),
    choices: read('candidateCount', 'candidate_count', 1) ?? 1,
  };
}

/** Gemini CLI names no session, but opens every call of one with the same content: the session's context and the first prompt. */
function opening(body: Body): readonly Uint8Array[] | undefined {
  const contents = body.span('contents');
  if (!contents) return undefined;
  if (!isArrayAt(body.bytes, contents.start)) return [body.bytes.subarray(contents.start, contents.end)];
  const [first] = body.elements('contents');
  return first && [body.bytes.subarray(first.start, first.end)];
}

/** Gemini CLI streams its turns; what it asks for at once is its router (an answer by schema) or help on the side. */
function requestClass(input: { readonly body: Body; readonly family: string; readonly isStream: boolean }): Ask['requestClass'] {
  if (input.family !== 'gemini-cli' || input.isStream) return 'main';
  const config = smallObject(input.body, 'generationConfig');
  return config?.['responseJsonSchema'] === undefined ? 'auxiliary' : 'router';
}
