import { PARTITIONS } from '@lurus/events/stream';

/**
 * The partition of a wallet's events: what the server computes from the subject's last token (FNV-1a, 32 bits, modulo the partitions; see
 * `getHashPartition` in nats-server), needed here to know whose sign of life vouches for a balance.
 */
export function walletPartition(walletId: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < walletId.length; at += 1) hash = Math.imul(hash ^ walletId.charCodeAt(at), 0x01000193);
  return (hash >>> 0) % PARTITIONS;
}
