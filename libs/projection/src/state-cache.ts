/** States that were used last, so that a batch reads from the database only what it has not seen for long. */

/** A wallet takes about 500 bytes: 100,000 of them are 50 MB. */
const ENTRIES_MAX = 100_000;

/** States by key, as many as fit. */
export interface StateCache {
  readonly entries: ReadonlyMap<string, unknown>;
  /** Keeps what is in the database, read or just written; the oldest go where it becomes too many. */
  readonly keep: (states: Iterable<readonly [string, unknown]>) => void;
  readonly clear: () => void;
}

/** An empty cache. A `Map` keeps its keys in order of insertion, so that the first ones are those unused for longest. */
export function createStateCache(entriesMax: number = ENTRIES_MAX): StateCache {
  const entries = new Map<string, unknown>();
  return {
    entries,
    keep: (states) => {
      for (const [key, state] of states) {
        entries.delete(key);
        entries.set(key, state);
      }
      const excess = entries.size - entriesMax;
      if (excess <= 0) return;
      let dropped = 0;
      for (const key of entries.keys()) {
        if (dropped === excess) break;
        entries.delete(key);
        dropped += 1;
      }
    },
    clear: () => entries.clear(),
  };
}
