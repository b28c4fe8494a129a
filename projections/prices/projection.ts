import { keyToken } from '@lurus/events/bucket';
import { defineProjection, ignore } from '@lurus/projection/define-projection';
import { pricesBucket } from '@lurus/streams/buckets';
import { providerEvents } from '@lurus/streams/provider-events';
import { publishPrice, unpriced, withdrawPrice } from './price.ts';
import { pricesTable, priceFromRow, rowsOf } from './rows.ts';

export const prices = defineProjection({
  name: 'prices',
  version: 1,
  says: 'Every price of every model pattern, with the time in which it was in force.',
  reads: [providerEvents],
  // Provider events are ignored below; their key only has to be one.
  key: (event) => `${event.tenantId} ${'model' in event.data ? event.data.model : event.data.providerId}`,
  start: () => unpriced,
  fold: {
    'provider.registered': ignore, // Providers are another projection's.
    'provider.changed': ignore, // As above.
    'provider.removed': ignore, // As above.
    'price.published': publishPrice,
    'price.withdrawn': withdrawPrice,
  },
  sink: {
    kind: 'postgres',
    schema: new URL('./schema.sql', import.meta.url),
    views: new URL('./views.sql', import.meta.url),
    tables: [pricesTable],
    load: new URL('./load-prices.sql', import.meta.url),
    fromRow: priceFromRow,
    rows: rowsOf,
  },
  output: {
    bucket: pricesBucket,
    entries: (price) => {
      if (price.kind === 'unpriced') return [];
      const { kind: _kind, publishedAt: _publishedAt, publishedSequence: _published, withdrawnAt, actor: _actor, ...value } = price;
      return [[`${price.tenantId}.${keyToken(price.model)}`, { ...value, isWithdrawn: withdrawnAt !== null }]];
    },
    changedSince: new URL('./changed-prices.sql', import.meta.url),
  },
  onPoison: { kind: 'park' },
});
