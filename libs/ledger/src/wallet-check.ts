/**
 * Holds a view of wallets against the fold while that passes by. Each of the view's rows says which event it is true at, so it is compared
 * there, and a view that is read from a running system needs no standstill.
 */
import { type Fields, firstDifference } from './fields.ts';
import type { Finding, Place } from './finding.ts';
import type { Movement } from './movement.ts';

/** What a view says about one wallet. */
export interface WalletRow {
  readonly sequence: number;
  readonly fields: Fields;
}

/** Which view, and what it holds. */
export interface WalletCheckInput {
  readonly place: Place;
  /** How its rows are called: `wallets`, `BALANCES`. */
  readonly name: string;
  readonly rows: ReadonlyMap<string, WalletRow>;
  /** What the row of a wallet has to be after an event. */
  readonly wanted: (movement: Movement) => Fields;
  /** Up to which sequence the view has everything of this partition. */
  readonly claimOf: (partition: number) => number;
  readonly onFinding: (finding: Finding) => void;
}

/** A check of one view of wallets. */
export interface WalletCheck {
  /** To be told every movement, in order. */
  readonly after: (movement: Movement) => void;
  /** To be told that there are no more. */
  readonly finish: () => void;
}

/** Starts a check. Each wallet is reported once: its first difference explains the rest. */
export function checkWallets(input: WalletCheckInput): WalletCheck {
  const unmet = new Map(input.rows);
  const reported = new Set<string>();
  const report = (movement: Movement, walletId: string, key: string, says: string): void => {
    unmet.delete(walletId);
    if (reported.has(walletId)) return;
    reported.add(walletId);
    const { stream, sequence, id } = movement.event;
    input.onFinding({ place: input.place, stream, sequence, eventId: id, key: `${input.name}.${key}`, says });
  };
  return {
    after: (movement) => {
      const { walletId } = movement.event.data;
      const { sequence, partition } = movement.event;
      const row = input.rows.get(walletId);
      if (row?.sequence === sequence) {
        unmet.delete(walletId);
        const difference = firstDifference(row.fields, input.wanted(movement));
        if (difference) report(movement, walletId, difference.name, `wallet ${walletId}: ${difference.name} ${difference.says}`);
      } else if (sequence > (row?.sequence ?? 0) && sequence <= input.claimOf(partition)) {
        const where = row ? `is still at event ${row.sequence}` : 'is not there';
        report(movement, walletId, 'sequence', `wallet ${walletId} ${where}, and the view claims to be at ${input.claimOf(partition)}`);
      }
    },
    finish: () => {
      for (const [walletId, row] of unmet) {
        if (reported.has(walletId)) continue;
        const says = `wallet ${walletId} is said to be at event ${row.sequence}, which is none of its events`;
        input.onFinding({ place: input.place, stream: 'BILLING_EVENTS', sequence: 0, eventId: '', key: `${input.name}.sequence`, says });
      }
    },
  };
}
