/**
 * The partition that the server gives a subject, computed here: FNV-1a (32 bits) of the last token, modulo the number of partitions.
 * This is nats-server's own function for `{{partition(16,n)}}`; `partition.nats.test.ts` compares the two. Only readers need it, to find
 * the position that a view's row is true at; what stands in a stream says its partition itself.
 */
import { PARTITIONS } from './stream.ts';

const OFFSET_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;

/** The partition, 0 to 15, of events whose subject ends in `token`: a wallet for money, a tenant elsewhere. */
export function partitionOfToken(token: string): number {
  let hash = OFFSET_BASIS;
  for (const byte of new TextEncoder().encode(token)) hash = Math.imul(hash ^ byte, PRIME);
  return (hash >>> 0) % PARTITIONS;
}
