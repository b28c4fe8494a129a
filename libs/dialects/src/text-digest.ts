/** A short name for a long text. */

/**
 * Digest of byte strings as 16 hexadecimal digits (two lanes of cyrb53's mixing). It tells texts apart by accident, not against an
 * adversary: use it only where a collision costs nothing but a cache miss.
 */
export function textDigest(parts: readonly Uint8Array[]): string {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  const mix = (byte: number): void => {
    high = Math.imul(high ^ byte, 2654435761);
    low = Math.imul(low ^ byte, 1597334677);
  };
  for (const part of parts) {
    for (const byte of part) mix(byte);
    mix(0x100); // No byte has this value: `ab` + `c` differs from `a` + `bc`.
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return [high, low].map((lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('');
}
