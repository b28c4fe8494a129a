/** A JSON document with the given values set by path and everything else kept, in two-space indentation. */

/** Sets each value at its path. Throws an Error when the text is no JSON object, rather than lose what a person wrote there. */
export function mergeJson(current: string | undefined, values: readonly (readonly [path: readonly string[], value: string])[]): string {
  const document = current === undefined || current.trim() === '' ? {} : parseObject(current);
  for (const [path, value] of values) setAt({ document, path, value });
  return `${JSON.stringify(document, null, 2)}\n`;
}

type JsonObject = Record<string, unknown>;

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

function parseObject(text: string): JsonObject {
  const parsed = parse(text);
  if (!isObject(parsed)) throw new Error('it holds no JSON object');
  return parsed;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error('it is no plain JSON (comments or a trailing comma would be lost)', { cause });
  }
}

function setAt(input: { readonly document: JsonObject; readonly path: readonly string[]; readonly value: string }): void {
  const [name, ...rest] = input.path;
  if (name === undefined) return;
  if (rest.length === 0) {
    input.document[name] = input.value;
    return;
  }
  const inner = input.document[name] ?? {};
  if (!isObject(inner)) throw new Error(`"${name}" in it is no object`);
  input.document[name] = inner;
  setAt({ document: inner, path: rest, value: input.value });
}
