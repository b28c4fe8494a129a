import type { holdReleased, usageSettled } from '@lurus/events/catalogue/billing';
import type { EventOf, RecordedEvent } from '@lurus/events/event';
import { toWire } from '@lurus/events/wire';
import { defineRowProjection, type MappedRow } from '@lurus/projection/define-projection';
import { billingEvents } from '@lurus/streams/billing-events';

/** The row of every event: its head, and its data in the names that it has in the stream. */
const ledgerRow = (event: RecordedEvent): MappedRow => ({
  table: 'ledger_log_v1',
  row: Object.assign(
    { event_id: event.id, event_name: event.name, at: event.at, source: event.source, tenant_id: event.tenantId },
    toWire(event.data),
  ),
});

/** A request's end: the first one counts, as in the wallet, so that a request which was released first is in no statistics. */
function endRow(event: RecordedEvent<EventOf<typeof usageSettled> | EventOf<typeof holdReleased>>): MappedRow {
  const head = { event_id: event.id, event_name: event.name, at: event.at, tenant_id: event.tenantId };
  if (event.name === 'hold.released') return { table: 'usage_v1', row: { ...head, request_id: event.data.requestId } };
  const { lines: _lines, dialect: _dialect, reason: _reason, attempt: _attempt, ...usage } = event.data;
  return { table: 'usage_v1', row: Object.assign(head, toWire(usage)) };
}

const ledger = (event: RecordedEvent): readonly MappedRow[] => [ledgerRow(event)];

export const usageHourly = defineRowProjection({
  name: 'usage_hourly',
  version: 1,
  says: 'Every event about money as a row, and what requests used and cost by the hour.',
  reads: [billingEvents],
  rows: {
    'wallet.credited': ledger,
    'wallet.adjusted': ledger,
    'hold.placed': ledger,
    'hold.released': (event) => [ledgerRow(event), endRow(event)],
    'hold.expired': ledger, // No end for statistics: what is settled after it counts.
    'usage.settled': (event) => [ledgerRow(event), endRow(event)],
  },
  schema: new URL('./schema.sql', import.meta.url),
});
