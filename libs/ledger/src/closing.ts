/** Invariants that are asked of the whole fold, once it has reached the end. */
import { epochMsOf } from '@lurus/base/clock';
import type { Finding } from './finding.ts';
import type { MoneyEvent } from './movement.ts';
import type { Oracle } from './oracle.ts';

/** A hold is ended by its projector 5 s after its time; the rest is for a projector that has to start first. */
const OVERDUE_MS = 30_000;

const finding = (event: MoneyEvent, key: string, says: string): Finding => ({
  place: 'stream',
  stream: event.stream,
  sequence: event.sequence,
  eventId: event.id,
  key,
  says,
});

/** What is wrong with the sums of every wallet, and which holds are open past their time. */
export function* closingFindings(oracle: Oracle, nowMs: number): Generator<Finding> {
  const held = new Map<string, bigint>();
  for (const { nanos, event } of oracle.open.values()) {
    held.set(event.data.walletId, (held.get(event.data.walletId) ?? 0n) + nanos);
    const lateMs = nowMs - epochMsOf(event.data.expiresAt);
    if (lateMs > OVERDUE_MS) {
      yield finding(
        event,
        'no hold open past its life',
        `request ${event.data.requestId} is held ${Math.round(lateMs / 1_000)} s past its time`,
      );
    }
  }
  for (const [walletId, account] of oracle.accounts) {
    const open = held.get(walletId) ?? 0n;
    if (account.held !== open)
      yield finding(account.last, 'held = open holds', `${walletId} holds ${account.held}, its open holds are ${open}`);
    if (account.available + account.held !== account.credited - account.spent) {
      yield finding(account.last, 'available + held = credited - spent', `${walletId} has ${account.available} + ${account.held}`);
    }
  }
}
