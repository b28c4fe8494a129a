/** Histories of wallets by seed: credits, corrections, and requests whose events come in any order, twice, late or never. */
import { instantOf } from '@lurus/base/clock';
import { derivedUlid, type EventId, type KeyId, type RequestId, unchecked, type UserId, type WalletId } from '@lurus/base/ids';
import { nanos } from '@lurus/base/money';
import { holdExpired, holdPlaced, holdReleased, usageSettled, walletAdjusted, walletCredited } from '@lurus/events/catalogue/billing';
import { exampleOf } from '@lurus/events/examples';
import { createSeededNumbers } from '@lurus/projection/seeded';
import { told, type Told } from '@lurus/projection/told';

const id = <Kind extends string>(kind: string, number: number): Kind =>
  unchecked<Kind>(derivedUlid(`${kind} ${number}`, 1_000_000 + number));
const keyId = unchecked<KeyId>('Ab3dEf7h');
const expiresAt = instantOf(Date.UTC(2026, 10, 23, 9));

/** `count` events of a few wallets; the same for the same seed. */
export function walletHistory(seed: number, count: number): Told[] {
  const next = createSeededNumbers(seed);
  const below = (limit: number): number => Math.floor(next() * limit);
  const userId = id<UserId>('user', 1);
  const oneEvent = (): Told => {
    const request = below(count / 3);
    const walletId = id<WalletId>('wallet', request % 5);
    const requestId = id<RequestId>('request', request);
    const amountNanos = nanos(BigInt(1 + below(2_000)));
    // Some events are stored twice under one id, long after the server's own window.
    const extras = next() < 0.05 ? { id: id<EventId>('repeated', below(5)) } : {};
    const byOperator = { walletId, userId, reason: 'by hand', reference: next() < 0.3 ? `payment ${below(9)}` : '', actor: 'operator' };
    switch (below(9)) {
      case 0:
        return told(walletCredited, { ...byOperator, amountNanos }, extras);
      case 1:
        return told(walletAdjusted, { ...byOperator, amountNanos: nanos(amountNanos - 1_001n || 1n) }, extras);
      case 2:
        return told(holdReleased, { requestId, walletId, reason: 'upstream_refused' }, extras);
      case 3:
        return told(holdExpired, { requestId, walletId, expiredAt: expiresAt }, extras);
      case 4:
      case 5:
        return told(usageSettled, { ...exampleOf(usageSettled), requestId, walletId, userId, keyId, amountNanos }, extras);
      default:
        return told(holdPlaced, { ...exampleOf(holdPlaced), requestId, walletId, userId, keyId, amountNanos, expiresAt }, extras);
    }
  };
  return Array.from({ length: count }, oneEvent);
}
