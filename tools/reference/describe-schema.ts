/** A JSON schema in the words of a reference page. */
import type { JsonSchema } from '@lurus/base/json-schema';

const PATTERNS: Readonly<Record<string, string>> = {
  '^[0-7][0-9A-HJKMNP-TV-Z]{25}$': 'ULID',
  '^-?\\d{1,38}$': 'integer as decimal digits',
  '^[0-9A-Za-z]{8}$': 'key id',
  '^[0-9a-f]{64}$': '64 hex digits',
};

/** What a schema may hold besides booleans and plain values; JSON schema allows `true` and `false` as schemas, ours never do. */
type Part = JsonSchema | boolean | undefined;

const isSchema = (part: Part): part is JsonSchema => typeof part === 'object' && part !== null;

/** A `bigint` in code's form; the alternative beside it is the form on the wire. */
const isAnything = (part: JsonSchema): boolean => Object.keys(part).length === 0;

const code = (value: unknown): string => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;

function describeText(schema: JsonSchema): string {
  if (schema.enum) return `one of ${schema.enum.map(code).join(', ')}`;
  if (schema.const !== undefined) return code(schema.const);
  if (schema.pattern !== undefined) return PATTERNS[schema.pattern] ?? `text like ${code(schema.pattern)}`;
  if (schema.format === 'date-time') return 'time (RFC 3339)';
  if (schema.format === 'uri') return 'URL';
  return schema.maxLength === undefined ? 'text' : `text, at most ${schema.maxLength} characters`;
}

function describeNumber(schema: JsonSchema): string {
  const kind = schema.type === 'integer' ? 'whole number' : 'number';
  const least = schema.minimum ?? (schema.exclusiveMinimum === undefined ? undefined : `more than ${schema.exclusiveMinimum}`);
  const most = schema.maximum === Number.MAX_SAFE_INTEGER ? undefined : schema.maximum;
  if (least !== undefined && least !== Number.MIN_SAFE_INTEGER)
    return most === undefined ? `${kind}, ${least} or more` : `${kind}, ${least} to ${most}`;
  return most === undefined ? kind : `${kind}, at most ${most}`;
}

function describeList(schema: JsonSchema): string {
  const items = Array.isArray(schema.items) ? undefined : schema.items;
  const bound = schema.maxItems === undefined ? '' : `, at most ${schema.maxItems}`;
  return `list of ${isSchema(items) ? describeSchema(items) : 'anything'}${bound}`;
}

function describeObject(schema: JsonSchema): string {
  const fields = Object.entries(schema.properties ?? {}).filter((entry): entry is [string, JsonSchema] => isSchema(entry[1]));
  return `{ ${fields.map(([name, field]) => `${snakeCase(name)}: ${describeSchema(field)}`).join('; ')} }`;
}

/** The names of events' fields on the wire. */
export const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** One phrase without line breaks, in Markdown. */
export function describeSchema(schema: JsonSchema): string {
  const choices = (schema.anyOf ?? schema.oneOf ?? []).filter(isSchema).filter((choice) => !isAnything(choice));
  if (choices.length > 0) return choices.map((choice) => (choice.type === 'null' ? '`null`' : describeSchema(choice))).join(' or ');
  if (schema.type === 'boolean') return '`true` or `false`';
  if (schema.type === 'integer' || schema.type === 'number') return describeNumber(schema);
  if (schema.type === 'array') return describeList(schema);
  return schema.type === 'object' ? describeObject(schema) : describeText(schema);
}
