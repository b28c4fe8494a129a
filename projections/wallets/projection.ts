import { epochMsOf, type Instant } from '@lurus/base/clock';
import { derivedUlid, type EventId, type RequestId, type TenantId, unchecked, type WalletId } from '@lurus/base/ids';
import { holdExpired, type holdPlaced } from '@lurus/events/catalogue/billing';
import { type EventOf, makeEvent, type RecordedEvent } from '@lurus/events/event';
import { defineProjection } from '@lurus/projection/define-projection';
import { billingEvents } from '@lurus/streams/billing-events';
import { balancesBucket } from '@lurus/streams/buckets';
import { holdsTable, matterFromRow, partKeyOf, rowsOf, transactionsTable, walletFromRow, walletsTable } from './rows.ts';
import { adjust, credit, emptyWallet, giveBack, type Hold, type Matter, placeHold, settle, type Wallet } from './wallet.ts';

interface OverdueHoldRow {
  readonly request_id: RequestId;
  readonly wallet_id: WalletId;
  readonly tenant_id: TenantId;
  readonly event_id: EventId;
  readonly expires_at: Instant;
}

/** Stamps a wallet with the event that it is now true at. */
const at = (wallet: Wallet, event: RecordedEvent): Wallet => ({
  ...wallet,
  tenantId: event.tenantId,
  sequence: event.sequence,
  updatedAt: event.at,
});

function holdOf(event: RecordedEvent<EventOf<typeof holdPlaced>>): Hold {
  const { requestId, keyId, userId, model, amountNanos, priceVersion, expiresAt } = event.data;
  return {
    requestId,
    keyId,
    userId,
    model,
    amountNanos,
    priceVersion,
    expiresAt,
    placedAt: event.at,
    sequence: event.sequence,
    eventId: event.id,
  };
}

export const wallets = defineProjection({
  name: 'wallets',
  version: 1,
  says: 'What every wallet has, holds, and did: balances, open holds, and one transaction for every event.',
  reads: [billingEvents],
  key: (event) => event.data.walletId,
  start: (key) => emptyWallet(unchecked<WalletId>(key)),
  parts: {
    keyOf: partKeyOf,
    of: (wallet) => wallet.matter,
    with: (wallet, matter) => ({ ...wallet, matter }),
    start: (): Matter => ({ kind: 'unseen' }),
    load: new URL('./load-matters.sql', import.meta.url),
    fromRow: matterFromRow,
  },
  fold: {
    'wallet.credited': (wallet, event) => at({ ...credit(wallet, event.data), userId: event.data.userId }, event),
    'wallet.adjusted': (wallet, event) => at({ ...adjust(wallet, event.data), userId: event.data.userId }, event),
    'hold.placed': (wallet, event) => at({ ...placeHold(wallet, holdOf(event)), userId: event.data.userId }, event),
    'hold.released': (wallet, event) => at(giveBack(wallet, 'released'), event),
    'hold.expired': (wallet, event) => at(giveBack(wallet, 'expired'), event),
    'usage.settled': (wallet, event) => at({ ...settle(wallet, event.data), userId: event.data.userId }, event),
  },
  sink: {
    kind: 'postgres',
    schema: new URL('./schema.sql', import.meta.url),
    views: new URL('./views.sql', import.meta.url),
    tables: [walletsTable, holdsTable, transactionsTable],
    load: new URL('./load-wallets.sql', import.meta.url),
    fromRow: walletFromRow,
    rows: rowsOf,
  },
  output: {
    bucket: balancesBucket,
    entries: ({ walletId, availableNanos, heldNanos, sequence }, { isFrozen }) => [
      [walletId, { kind: 'balance', walletId, availableNanos, heldNanos, isFrozen, sequence }],
    ],
    changedSince: new URL('./changed-wallets.sql', import.meta.url),
    heartbeat: ({ partition, at, sequence }) => [`heartbeat.${partition}`, { kind: 'heartbeat', partition, at, sequence }],
  },
  overdue: {
    find: new URL('./overdue-holds.sql', import.meta.url),
    event: (row: OverdueHoldRow, { at, source }) => ({
      definition: holdExpired,
      event: makeEvent(holdExpired, {
        // The hold's own id names the cause: two projectors that find the same hold make the same event, and the server keeps one.
        id: unchecked<EventId>(derivedUlid(`hold.expired:${row.event_id}`, epochMsOf(row.expires_at))),
        at,
        tenantId: row.tenant_id,
        source,
        data: { requestId: row.request_id, walletId: row.wallet_id, expiredAt: row.expires_at },
      }),
    }),
  },
  onPoison: { kind: 'freeze', keyOfSubject: (subject) => subject.split('.').at(-1) ?? '' },
});
