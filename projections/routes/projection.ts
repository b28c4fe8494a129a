import { unchecked, type ProviderId } from '@lurus/base/ids';
import { defineProjection, ignore } from '@lurus/projection/define-projection';
import { defineTable } from '@lurus/projection/table';
import { routesBucket } from '@lurus/streams/buckets';
import { providerEvents } from '@lurus/streams/provider-events';

import { registerProvider, removeProvider, type Route, unknownProvider } from './route.ts';

export const providersTable = defineTable({
  name: 'providers',
  key: ['provider_id'],
  columns: {
    provider_id: 'text',
    tenant_id: 'text',
    provider: 'text',
    dialect: 'text',
    base_url: 'text',
    auth_style: 'text',
    sealed_credential: 'text',
    models: 'text[]',
    model_mapping: 'jsonb',
    priority: 'integer',
    weight: 'integer',
    is_removed: 'boolean',
    sequence: 'bigint',
    updated_at: 'timestamptz',
  },
});

export const routes = defineProjection({
  name: 'routes',
  version: 1,
  says: 'Providers that requests can be sent to.',
  reads: [providerEvents],
  // Price events are ignored below; their key only has to be one.
  key: (event) => ('providerId' in event.data ? event.data.providerId : event.data.model),
  start: (key) => unknownProvider(unchecked<ProviderId>(key)),
  fold: {
    'provider.registered': registerProvider,
    'provider.changed': registerProvider,
    'provider.removed': removeProvider,
    'price.published': ignore, // Prices are another projection's.
    'price.withdrawn': ignore, // As above.
  },
  sink: {
    kind: 'postgres',
    schema: new URL('./schema.sql', import.meta.url),
    views: new URL('./views.sql', import.meta.url),
    tables: [providersTable],
    load: new URL('./load-routes.sql', import.meta.url),
    fromRow: (row: { readonly key: string; readonly state: Route }) => [row.key, row.state],
    rows: ({ after }) =>
      after.kind === 'unknown'
        ? []
        : [
            providersTable.put({
              provider_id: after.providerId,
              tenant_id: after.tenantId,
              provider: after.provider,
              dialect: after.dialect,
              base_url: after.baseUrl,
              auth_style: after.authStyle,
              sealed_credential: after.sealedCredential,
              models: after.models,
              model_mapping: JSON.stringify(after.modelMapping),
              priority: after.priority,
              weight: after.weight,
              is_removed: after.isRemoved,
              sequence: after.sequence,
              updated_at: after.updatedAt,
            }),
          ],
  },
  output: {
    bucket: routesBucket,
    entries: (route) => {
      if (route.kind === 'unknown') return [];
      const { kind: _kind, updatedAt: _updatedAt, ...value } = route;
      return [[`${route.tenantId}.${route.providerId}`, value]];
    },
    changedSince: new URL('./changed-routes.sql', import.meta.url),
  },
  onPoison: { kind: 'park' },
});
