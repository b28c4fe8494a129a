/** What a verification finds: one thing that is not as the stream says, at one event. */

/** Where something is wrong: in the stream itself, or in one of the views. */
export type Place = 'stream' | 'postgres' | 'kv' | 'clickhouse';

/** One difference or one broken invariant. */
export interface Finding {
  readonly place: Place;
  /** The event that it is about, by its place in `stream`; 0 where no event is (a row that nothing explains). */
  readonly sequence: number;
  readonly stream: string;
  readonly eventId: string;
  /** What differs: `wallets.available_nanos of 01K…`, `held = open holds`. */
  readonly key: string;
  /** One sentence with both values. */
  readonly says: string;
}

/** Findings past this are counted alone: the first ones explain the rest, and memory must not grow with the damage. */
const FINDINGS_KEPT_MAX = 1_000;

/** Keeps the first findings of a verification and counts all. */
export class Findings {
  #kept: Finding[] = [];
  #count = 0;

  readonly add = (finding: Finding): void => {
    this.#count += 1;
    if (this.#kept.length < FINDINGS_KEPT_MAX) this.#kept.push(finding);
  };

  get count(): number {
    return this.#count;
  }

  /** What was kept, by place in the stream: the first wrong event first. Rows that no event explains come last. */
  sorted(): readonly Finding[] {
    const rank = ({ sequence }: Finding): number => (sequence === 0 ? Number.MAX_SAFE_INTEGER : sequence);
    return this.#kept.toSorted((a, b) => rank(a) - rank(b));
  }
}
