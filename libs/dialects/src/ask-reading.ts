/** What the dialects share in reading a request: the body's top level, typed fields, and every fault at once. */
import { defineProblem } from '@lurus/base/problem';
import type { RelayRequest } from './dialect.ts';
import { isObjectAt, type JsonObject, type KeyTable, readDocument } from './json-object.ts';
import { JsonFault, JsonTooDeep } from './json-skip.ts';

/** Levels of brackets that a request may nest: schemas of tools nest some twenty; providers themselves refuse far deeper ones. */
export const REQUEST_LEVELS_MAX = 64;

const bodyNotJson = defineProblem<{ readonly fault: string; readonly at: number }>({
  code: 'body_not_json',
  kind: 'invalid-request',
  status: 400,
  isRetryable: false,
  says: ({ fault, at }) => `The request body is not a valid JSON object: ${fault} (byte ${at}).`,
  fix: () => 'Send the request as one JSON object, in UTF-8, with content-type application/json.',
});

const bodyTooDeep = defineProblem<{ readonly at: number }>({
  code: 'body_too_deep',
  kind: 'invalid-request',
  status: 400,
  isRetryable: false,
  says: ({ at }) => `The request body nests deeper than ${REQUEST_LEVELS_MAX} levels (byte ${at}).`,
  fix: () => 'Flatten the innermost objects and lists, most likely the schema of a tool.',
});

const fieldsInvalid = defineProblem<{ readonly faults: readonly Fault[] }>({
  code: 'fields_invalid',
  kind: 'invalid-request',
  status: 400,
  isRetryable: false,
  says: ({ faults }) => `The request cannot be understood: ${faults.map(({ path, message }) => `${path} ${message}`).join('; ')}.`,
  fix: ({ faults }) => `Correct ${faults.map(({ path }) => path).join(', ')} and send the request again.`,
});

interface Fault {
  readonly path: string;
  readonly message: string;
}

/** Reads the top level of a request's body. Throws JsonFault where it is no JSON object and JsonTooDeep past the limit: see `asProblems`. */
export const readTopLevel = <Name extends string>(body: Uint8Array, table: KeyTable<Name>): JsonObject<Name> =>
  readDocument(body, table, REQUEST_LEVELS_MAX);

/** The same reader, with every fault of the body's JSON, wherever it shows, thrown as a Problem that says what, where and how to fix. */
export const asProblems =
  <Input, Output>(read: (input: Input) => Output) =>
  (input: Input): Output => {
    try {
      return read(input);
    } catch (fault) {
      if (fault instanceof JsonTooDeep) throw bodyTooDeep({ at: fault.at }, { cause: fault });
      if (fault instanceof JsonFault) throw bodyNotJson({ fault: fault.message, at: fault.at }, { cause: fault });
      throw fault;
    }
  };

/** Largest nested value that is parsed to name a session or to tell a request's class; clients send well under a kilobyte. */
const SMALL_VALUE_BYTES_MAX = 65_536;

/** A nested object, parsed, if it is there, small, and JSON; for values that only classify a request, so that a fault is no error. */
export function smallObject<Name extends string>(body: JsonObject<Name>, name: Name): Readonly<Record<string, unknown>> | undefined {
  const span = body.span(name);
  if (!span || !isObjectAt(body.bytes, span.start) || span.end - span.start > SMALL_VALUE_BYTES_MAX) return undefined;
  try {
    return body.value(name) as Record<string, unknown>; // A JSON object, by its brace.
  } catch {
    return undefined;
  }
}

/** Reads typed fields and collects what is wrong with them. */
export class FieldReader {
  readonly #faults: Fault[] = [];

  fault(path: string, message: string): void {
    this.#faults.push({ path, message });
  }

  /** The value of a member, with bytes that JSON.parse refuses reported as a fault. */
  #value<Name extends string>(object: JsonObject<Name>, name: Name, path: string): unknown {
    try {
      return object.value(name);
    } catch (fault) {
      if (!(fault instanceof JsonFault)) throw fault;
      this.fault(path, 'is not valid JSON');
      return undefined;
    }
  }

  /** The model: required, a text that is not empty. */
  model(body: JsonObject<'model'>): string {
    if (!body.has('model')) {
      this.fault('model', 'is missing: name the model that shall answer, as listed by GET /v1/models');
      return '';
    }
    const model = this.#value(body, 'model', 'model');
    if (typeof model === 'string' && model !== '') return model;
    this.fault('model', `must be the name of a model as text, not ${kindOf(model)}`);
    return '';
  }

  /** A switch; missing and null mean off. */
  flag<Name extends string>(object: JsonObject<Name>, name: Name): boolean {
    if (!object.holds(name)) return false;
    const value = this.#value(object, name, name);
    if (typeof value !== 'boolean') this.fault(name, `must be true or false, not ${kindOf(value)}`);
    return value === true;
  }

  /** A whole number of at least `min`; missing and null mean undefined. */
  integer<Name extends string>(
    object: JsonObject<Name>,
    name: Name,
    options: { readonly min: number; readonly path?: string },
  ): number | undefined {
    if (!object.holds(name)) return undefined;
    const path = options.path ?? name;
    const value = this.#value(object, name, path);
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= options.min) return value;
    this.fault(path, `must be a whole number of at least ${options.min}, not ${kindOf(value)}`);
    return undefined;
  }

  /** Throws one Problem that names every fault. `body`'s keys that resemble a wanted one are faults as well. */
  finish<Name extends string>(body: JsonObject<Name>): void {
    // Parsers that ignore case (Go's) would read another model here than the one that is charged.
    for (const key of body.lookalikes) this.fault(key, `is spelled "${key.toLowerCase()}"`);
    if (this.#faults.length > 0) throw fieldsInvalid({ faults: this.#faults }, { faults: this.#faults });
  }
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return value === '' ? 'an empty text' : 'a text';
  return typeof value === 'object' ? 'an object' : JSON.stringify(value);
}

/** Whether a request is a POST to one of the paths. */
export const isPostTo = (request: Pick<RelayRequest, 'method' | 'path'>, paths: ReadonlySet<string>): boolean =>
  request.method === 'POST' && paths.has(request.path);
