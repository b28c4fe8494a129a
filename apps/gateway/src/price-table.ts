/** The price of a model, by its name as the client gave it. */
import { bestPattern } from '@lurus/base/pattern';
import type { TenantId } from '@lurus/base/ids';
import type { BucketValue } from '@lurus/events/bucket';
import type { pricesBucket } from '@lurus/streams/buckets';
import type { TenantTable } from './tenant-table.ts';

export type Price = BucketValue<typeof pricesBucket>;

export interface PriceTable {
  /** The price in force for a model: that of the closest pattern, or undefined where none fits. */
  readonly find: (tenantId: TenantId, model: string) => Price | undefined;
  /** Every price of a tenant. */
  readonly of: (tenantId: TenantId) => Iterable<Price>;
}

/** Names whose price is remembered; clients choose names freely, so the memory must not grow with them. */
const REMEMBERED_MAX = 5_000;

/** Finds prices and remembers what it found until the table changes. */
export function createPriceTable(table: TenantTable<Price>): PriceTable {
  let revision = -1;
  const remembered = new Map<string, Price | undefined>();
  const search = (tenantId: TenantId, model: string): Price | undefined => {
    const byPattern = new Map(Array.from(table.of(tenantId), (price) => [price.model, price]));
    const pattern = bestPattern(byPattern.keys(), model);
    return pattern === undefined ? undefined : byPattern.get(pattern);
  };
  return {
    of: (tenantId) => table.of(tenantId),
    find: (tenantId, model) => {
      if (revision !== table.revision() || remembered.size > REMEMBERED_MAX) {
        remembered.clear();
        revision = table.revision();
      }
      const name = `${tenantId} ${model}`;
      if (remembered.has(name)) return remembered.get(name);
      const price = search(tenantId, model);
      remembered.set(name, price);
      return price;
    },
  };
}
