/** Finds the parts of a prompt that stay the same through a conversation: what a session is derived from where a client names none. */
import { isArrayAt, isObjectAt, type JsonObject, keyTable, readElements, readObject } from './json-object.ts';
import { JsonFault } from './json-skip.ts';

const TURN = keyTable('role', 'content');
const SYSTEM_ROLES = new Set(['system', 'developer']);

/** Turns that are looked at for the first one of the user's; agents put a handful of instructions before it. */
const TURNS_MAX = 16;

/**
 * The leading instructions and the first user turn of a list of turns (`messages` or `input`), as their bytes; the text itself where it is
 * no list. Undefined where there is none, or where it cannot be read, which is for the provider to say.
 */
export function openingTurns<Name extends string>(body: JsonObject<Name>, name: Name): Uint8Array[] | undefined {
  const span = body.span(name);
  if (!span) return undefined;
  if (!isArrayAt(body.bytes, span.start)) return [body.bytes.subarray(span.start, span.end)];
  try {
    return openingOf(body.bytes, span.start);
  } catch (fault) {
    if (fault instanceof JsonFault) return undefined;
    throw fault;
  }
}

function openingOf(bytes: Uint8Array, at: number): Uint8Array[] | undefined {
  const parts: Uint8Array[] = [];
  let turns = 0;
  for (const { start, end } of readElements(bytes, at)) {
    if (!isObjectAt(bytes, start) || turns++ === TURNS_MAX) break;
    const role = readObject(bytes, start, TURN).text('role');
    if (role === 'user') return [...parts, bytes.subarray(start, end)];
    if (role !== undefined && SYSTEM_ROLES.has(role)) parts.push(bytes.subarray(start, end));
  }
  return parts.length > 0 ? parts : undefined;
}
