/** Numbers and cuts that follow from a seed, so that a failure can be repeated. */

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function createSeededNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A list in pieces of 1 to `pieceMax`, the same for the same seed. */
export function cutAtSeed<Item>(items: readonly Item[], seed: number, pieceMax = 5): Item[][] {
  const next = createSeededNumbers(seed);
  const pieces: Item[][] = [];
  for (let start = 0; start < items.length;) {
    const length = 1 + Math.floor(next() * pieceMax);
    pieces.push(items.slice(start, start + length));
    start += length;
  }
  return pieces;
}
