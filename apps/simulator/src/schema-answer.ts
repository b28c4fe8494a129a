/** The smallest value that satisfies a JSON schema, for requests that demand their answer in a form (titles, Gemini's router, tool arguments). */
import { countOf, type JsonObject, objectOf, objectsOf, textOf } from './json-reading.ts';

const DEPTH_MAX = 12; // Recursive schemas would never end.
const SAMPLE = 'simulated';

/** A value for the schema: required and optional properties alike, first of every choice, shortest list. Gemini's upper-case types count too. */
export const answerSchema = (schema: unknown): unknown => valueFor(objectOf(schema), 0);

function valueFor(schema: JsonObject, depth: number): unknown {
  if (schema['const'] !== undefined) return schema['const'];
  const choices = schema['enum'];
  if (Array.isArray(choices) && choices.length > 0) return choices[0];
  const alternative = [...objectsOf(schema['anyOf']), ...objectsOf(schema['oneOf']), ...objectsOf(schema['allOf'])][0];
  if (alternative && depth < DEPTH_MAX) return valueFor(alternative, depth + 1);
  const type = typeOf(schema);
  if (type === 'object') return objectFor(schema, depth);
  if (type === 'array') return listFor(schema, depth);
  if (type === 'integer' || type === 'number') return typeof schema['minimum'] === 'number' ? schema['minimum'] : 1;
  if (type === 'boolean') return false;
  return type === 'null' ? null : wordFor(schema);
}

function typeOf(schema: JsonObject): string {
  const type = Array.isArray(schema['type']) ? schema['type'].find((entry) => entry !== 'null') : schema['type'];
  return (textOf(type) ?? (schema['properties'] === undefined ? 'string' : 'object')).toLowerCase();
}

function objectFor(schema: JsonObject, depth: number): JsonObject {
  if (depth >= DEPTH_MAX) return {};
  const properties = Object.entries(objectOf(schema['properties']));
  return Object.fromEntries(properties.map(([name, property]) => [name, valueFor(objectOf(property), depth + 1)]));
}

function listFor(schema: JsonObject, depth: number): unknown[] {
  const length = depth >= DEPTH_MAX ? 0 : Math.min(countOf(schema['minItems']) ?? 0, 10);
  return Array.from({ length }, () => valueFor(objectOf(schema['items']), depth + 1));
}

function wordFor(schema: JsonObject): string {
  const word = SAMPLE.padEnd(Math.min(countOf(schema['minLength']) ?? 0, 1_000), '.');
  return word.slice(0, countOf(schema['maxLength']) ?? word.length);
}
