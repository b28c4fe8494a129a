/** Input is checked part by part (path, query, headers, body), but refused only after all parts were, so that one answer lists every fault. */
import type { z } from 'zod';

/** One thing that is wrong with the input. */
export interface Fault {
  /** Part and field: `body.tiers[1].input_usd`. */
  readonly path: string;
  readonly message: string;
}

// A symbol, because fastify copies parsed headers into the raw ones: an object of a class would not be recognised afterwards.
const FAULTS = Symbol('faults');

/** What takes the place of a request part that did not fit its schema until all parts have been checked. */
interface FaultyPart {
  readonly [FAULTS]: readonly Fault[];
}

const isFaulty = (part: unknown): part is FaultyPart => typeof part === 'object' && part !== null && FAULTS in part;

/** The faults that `parsePart` found in a part, empty where it fitted. */
export const faultsIn = (part: unknown): readonly Fault[] => (isFaulty(part) ? part[FAULTS] : []);

const PART_NAMES: Readonly<Record<string, string>> = { params: 'path', querystring: 'query', headers: 'headers', body: 'body' };
const ZOD_DEFAULT = /^Invalid (?:input|option)/;
const FAULTS_MAX = 50; // A body of a million wrong fields is not answered with a million lines.

/** Parses one part; `part` is fastify's name of it. Where it does not fit, `faultsIn` tells from the result what is wrong. */
export function parsePart(input: { readonly schema: z.ZodType; readonly part: string; readonly data: unknown }): unknown {
  // Fastify gives null for a body that was not sent, and JSON's null is never one of ours.
  const data = input.data === null ? undefined : input.data;
  const result = input.schema.safeParse(data, { reportInput: true });
  if (result.success) return result.data;
  const part = PART_NAMES[input.part] ?? input.part;
  return { [FAULTS]: result.error.issues.flatMap((issue) => faultsOf(part, issue)).slice(0, FAULTS_MAX) } satisfies FaultyPart;
}

function faultsOf(part: string, issue: z.core.$ZodIssue): Fault[] {
  const path = pathText(part, issue.path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: pathText(part, [...issue.path, key]), message: 'is no field that is known here' }));
  }
  return [{ path, message: messageOf(issue) }];
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.input === undefined && (issue.code === 'invalid_type' || issue.code === 'invalid_value')) return 'is required';
  if (!ZOD_DEFAULT.test(issue.message)) return issue.message; // The schema has a better sentence of its own.
  if (issue.code === 'invalid_type') return `must be ${withArticle(issue.expected)}`;
  if (issue.code === 'invalid_value') return `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
  return issue.message;
}

const withArticle = (type: string): string => {
  const name = type === 'record' ? 'object' : type;
  return `${/^[aeio]/.test(name) ? 'an' : 'a'} ${name}`;
};

/** `body`, `['tiers', 1, 'input_usd']` as `body.tiers[1].input_usd`. */
const pathText = (part: string, path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, step) => text + (typeof step === 'number' ? `[${step}]` : `.${String(step)}`), part);
