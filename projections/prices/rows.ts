/** How prices stand in Postgres: every version one row, the one in force without an end. */
import type { Instant } from '@lurus/base/clock';
import type { EventId, TenantId } from '@lurus/base/ids';
import { ContextTierSchema, RatesSchema } from '@lurus/events/catalogue/provider';
import { fromWire, toWire } from '@lurus/events/wire';
import type { Change } from '@lurus/projection/define-projection';
import { defineTable, type RowChange } from '@lurus/projection/table';
import type { Price, PublishedPrice } from './price.ts';

export const pricesTable = defineTable({
  name: 'prices',
  key: ['price_version'],
  columns: {
    price_version: 'text',
    tenant_id: 'text',
    model: 'text',
    rates: 'jsonb',
    tiers: 'jsonb',
    is_free: 'boolean',
    published_at: 'timestamptz',
    superseded_at: 'timestamptz',
    actor: 'text',
    sequence: 'bigint',
    changed_sequence: 'bigint',
  },
});

function priceRow(price: PublishedPrice, end: { readonly supersededAt: Instant | null; readonly sequence: number }): RowChange {
  return pricesTable.put({
    price_version: price.priceVersion,
    tenant_id: price.tenantId,
    model: price.model,
    rates: JSON.stringify(toWire(price.rates)),
    tiers: JSON.stringify(toWire(price.tiers)),
    is_free: price.isFree,
    published_at: price.publishedAt,
    superseded_at: end.supersededAt,
    actor: price.actor,
    sequence: price.publishedSequence,
    changed_sequence: end.sequence,
  });
}

/** The row of the price after the event, and the end of the one that it replaced. */
export function rowsOf({ before, after }: Change<Price, unknown>): readonly RowChange[] {
  if (after.kind === 'unpriced') return [];
  const rows = [priceRow(after, { supersededAt: after.withdrawnAt, sequence: after.sequence })];
  if (before.kind === 'published' && before.priceVersion !== after.priceVersion) {
    const supersededAt = before.withdrawnAt ?? after.publishedAt;
    rows.push(priceRow(before, { supersededAt, sequence: before.withdrawnAt === null ? after.sequence : before.sequence }));
  }
  return rows;
}

/** What `load-prices.sql` returns: the latest version of each pattern. */
interface PriceRow {
  readonly key: string;
  readonly tenant_id: TenantId;
  readonly model: string;
  readonly price_version: EventId;
  readonly rates: unknown;
  readonly tiers: unknown;
  readonly is_free: boolean;
  readonly published_at: Instant;
  readonly superseded_at: Instant | null;
  readonly actor: string;
  readonly sequence: number;
  readonly changed_sequence: number;
}

/** The way back from `load-prices.sql`: the latest version ends only by being withdrawn. */
export const priceFromRow = (row: PriceRow): readonly [string, Price] => [
  row.key,
  {
    kind: 'published',
    tenantId: row.tenant_id,
    model: row.model,
    priceVersion: row.price_version,
    rates: RatesSchema.parse(fromWire(row.rates)),
    tiers: ContextTierSchema.array().parse(fromWire(row.tiers)),
    isFree: row.is_free,
    publishedAt: row.published_at,
    publishedSequence: row.sequence,
    withdrawnAt: row.superseded_at,
    actor: row.actor,
    sequence: row.changed_sequence,
  },
];
