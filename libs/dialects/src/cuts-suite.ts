/** Repeatable chance, and ways to cut bytes, for tests. */

/** A generator of repeatable numbers from 0 to 1 (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Up to forty places to cut, in order. */
export function seededCuts(seed: number, length: number): number[] {
  const next = seeded(seed);
  const cuts = new Set(Array.from({ length: 1 + Math.floor(next() * 40) }, () => Math.floor(next() * length)));
  return [...cuts].filter((cut) => cut > 0).sort((left, right) => left - right);
}

/** A cut after every `size` bytes. */
export const everyByte = (length: number, size = 1): number[] =>
  Array.from({ length: Math.max(0, Math.ceil(length / size) - 1) }, (_, index) => (index + 1) * size);

/** The pieces between the cuts. */
export const piecesOf = (bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] =>
  [...cuts, bytes.length].map((cut, index) => bytes.slice(cuts[index - 1] ?? 0, cut));
