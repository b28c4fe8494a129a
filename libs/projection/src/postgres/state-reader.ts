/** States and parts from Postgres, read in one statement each for a whole batch, and kept while this runner is the only writer. */
import { readFileSync } from 'node:fs';
import { ignore, type StateProjection } from '../define-projection.ts';
import type { Step } from '../fold-batch.ts';
import { createStateCache, type StateCache } from '../state-cache.ts';
import type { Postgres } from './open-postgres.ts';

/** Reads what a batch needs to be folded. */
export interface StateReader {
  readonly states: StateCache;
  readonly parts: StateCache;
  /** Reads into the caches whatever the steps touch and the caches do not have. */
  readonly loadMissing: (steps: readonly Step[]) => Promise<void>;
  /** Reads states past the caches. */
  readonly load: (keys: readonly string[]) => Promise<(readonly [key: string, state: unknown])[]>;
  /** Runs one of the projection's SQL files. */
  readonly query: <Row>(file: URL, values: readonly (string | number | readonly string[])[]) => Promise<Row[]>;
}

/** A reader with empty caches. */
export function createStateReader(postgres: Postgres, projection: StateProjection): StateReader {
  const states = createStateCache();
  const parts = createStateCache();
  const files = new Map<string, string>();
  const textOf = (file: URL): string => {
    const text = files.get(file.href) ?? readFileSync(file, 'utf8');
    files.set(file.href, text);
    return text;
  };
  const query = async <Row>(file: URL, values: readonly (string | number | readonly string[])[]): Promise<Row[]> => {
    const name = file.pathname.split('/').at(-1) ?? file.pathname;
    return (await postgres.query<Row>({ name, text: textOf(file), values })).rows;
  };
  const load = async (keys: readonly string[]) => {
    if (keys.length === 0) return [];
    const rows = await query<never>(projection.sink.load, [keys]);
    return rows.map((row) => projection.sink.fromRow(row));
  };
  const loadParts = async (keys: readonly string[]) => {
    const declared = projection.parts;
    if (!declared || keys.length === 0) return [];
    const rows = await query<never>(declared.load, [keys]);
    return rows.map((row) => declared.fromRow(row));
  };
  return {
    states,
    parts,
    query,
    load,
    loadMissing: async (steps) => {
      const missing = missingKeys(projection, steps, { states: states.entries, parts: parts.entries });
      const [loadedStates, loadedParts] = await Promise.all([load(missing.states), loadParts(missing.parts)]);
      states.keep(loadedStates);
      parts.keep(loadedParts);
    },
  };
}

/** Keys that a batch touches and the caches do not have. */
function missingKeys(
  projection: StateProjection,
  steps: readonly Step[],
  cached: { readonly states: ReadonlyMap<string, unknown>; readonly parts: ReadonlyMap<string, unknown> },
): { readonly states: string[]; readonly parts: string[] } {
  const states = new Set<string>();
  const parts = new Set<string>();
  for (const { event, fault } of steps) {
    if (!event || fault || (projection.fold[event.name] ?? ignore) === ignore) continue;
    const key = projection.key(event);
    if (!cached.states.has(key)) states.add(key);
    const part = projection.parts?.keyOf(event);
    if (part !== undefined && !cached.parts.has(part)) parts.add(part);
  }
  return { states: [...states], parts: [...parts] };
}
