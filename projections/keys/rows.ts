/** How users and API keys stand in Postgres. */
import { unreachable } from '@lurus/base/assert';
import type { Change, ReadEvents } from '@lurus/projection/define-projection';
import { defineTable, type RowChange } from '@lurus/projection/table';
import type { identityEvents } from '@lurus/streams/identity-events';
import type { Identity } from './identity.ts';

export const usersTable = defineTable({
  name: 'users',
  key: ['user_id'],
  columns: {
    user_id: 'text',
    tenant_id: 'text',
    user_name: 'text',
    wallet_id: 'text',
    created_at: 'timestamptz',
    sequence: 'bigint',
  },
});

export const apiKeysTable = defineTable({
  name: 'api_keys',
  key: ['key_id'],
  columns: {
    key_id: 'text',
    tenant_id: 'text',
    user_id: 'text',
    wallet_id: 'text',
    label: 'text',
    digest: 'text',
    models: 'text[]',
    requests_per_minute: 'integer',
    tokens_per_minute: 'integer',
    concurrent_requests: 'integer',
    expires_at: 'timestamptz',
    revoked_at: 'timestamptz',
    created_at: 'timestamptz',
    sequence: 'bigint',
  },
});

/** The row of what one event left behind. */
export function rowsOf({ after }: Change<Identity, ReadEvents<readonly [typeof identityEvents]>>): readonly RowChange[] {
  switch (after.kind) {
    case 'nobody':
      return [];
    case 'user':
      return [
        usersTable.put({
          user_id: after.userId,
          tenant_id: after.tenantId,
          user_name: after.userName,
          wallet_id: after.walletId,
          created_at: after.createdAt,
          sequence: after.sequence,
        }),
      ];
    case 'key':
      return [
        apiKeysTable.put({
          key_id: after.keyId,
          tenant_id: after.tenantId,
          user_id: after.userId,
          wallet_id: after.walletId,
          label: after.label,
          digest: after.digest,
          models: after.models,
          requests_per_minute: after.requestsPerMinute,
          tokens_per_minute: after.tokensPerMinute,
          concurrent_requests: after.concurrentRequests,
          expires_at: after.expiresAt,
          revoked_at: after.revokedAt,
          created_at: after.createdAt,
          sequence: after.sequence,
        }),
      ];
    default:
      return unreachable(after, 'identity');
  }
}

/** The way back from `load-identities.sql`, whose one column holds a state in code's own form. */
export const identityFromRow = (row: { readonly key: string; readonly state: Identity }): readonly [string, Identity] => [
  row.key,
  row.state,
];
