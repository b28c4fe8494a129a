/** The balances in KV, as gateways see them, against the fold. */
import type { BucketValue } from '@lurus/events/bucket';
import type { Mirror } from '@lurus/journal/journal';
import type { balancesBucket } from '@lurus/streams/buckets';
import { fieldsOf } from './fields.ts';
import type { Finding } from './finding.ts';
import { checkWallets, type WalletCheck, type WalletRow } from './wallet-check.ts';

type Balance = BucketValue<typeof balancesBucket>;

/** The bucket as it was at one moment. */
export interface BalancesSnapshot {
  readonly wallets: ReadonlyMap<string, WalletRow>;
  /** By partition: the sequence up to which everything is in the bucket, as the projector's sign of life says. */
  readonly claims: ReadonlyMap<number, number>;
}

/** Takes what the mirror has. The signs of life are taken first: they must not say more than the values that follow. */
export function readBalances(mirror: Mirror<Balance>): BalancesSnapshot {
  const entries = [...mirror.entries()];
  const claims = entries.flatMap(([, entry]) => (entry.kind === 'heartbeat' ? [[entry.partition, entry.sequence] as const] : []));
  const wallets = entries.flatMap(([key, entry]) => {
    if (entry.kind !== 'balance') return [];
    const { walletId, availableNanos, heldNanos, sequence } = entry;
    const fields = fieldsOf({ wallet_id: walletId, available_nanos: availableNanos, held_nanos: heldNanos });
    return [[key, { sequence, fields }] as const];
  });
  return { wallets: new Map(wallets), claims: new Map(claims) };
}

/** Starts a check of what was read. */
export const checkBalances = (input: {
  readonly snapshot: BalancesSnapshot;
  readonly onFinding: (finding: Finding) => void;
}): WalletCheck =>
  checkWallets({
    place: 'kv',
    name: 'BALANCES',
    rows: input.snapshot.wallets,
    wanted: ({ event, account }) =>
      fieldsOf({ wallet_id: event.data.walletId, available_nanos: account.available, held_nanos: account.held }),
    claimOf: (partition) => input.snapshot.claims.get(partition) ?? 0,
    onFinding: input.onFinding,
  });
