/**
 * Weighted rendezvous hashing: every (key, member) pair has a score, and the order of scores is the order of members for that key. One key
 * keeps its member as long as that is there, and keys spread over members by weight. Formula: -weight / ln(u), u from the pair's hash.
 */

/** 32 bits of a text: FNV-1a, then the finaliser of MurmurHash3, because FNV alone keeps similar texts close together. */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The score of a member for a key; the highest comes first. `weight` is positive. */
export function rendezvousScore(input: { readonly key: string; readonly member: string; readonly weight: number }): number {
  const unit = (hash32(`${input.key}\n${input.member}`) + 0.5) / 2 ** 32; // Between 0 and 1, neither of them.
  return -input.weight / Math.log(unit);
}
