import { defineProjection } from '@lurus/projection/define-projection';
import { keysBucket } from '@lurus/streams/buckets';
import { identityEvents } from '@lurus/streams/identity-events';
import { createUser, issueKey, limitKey, nobody, revokeKey } from './identity.ts';
import { apiKeysTable, identityFromRow, rowsOf, usersTable } from './rows.ts';

export const keys = defineProjection({
  name: 'keys',
  version: 1,
  says: 'Users and their API keys with limits; living keys are checked against the bucket.',
  reads: [identityEvents],
  key: (event) => (event.name === 'user.created' ? event.data.userId : event.data.keyId),
  start: () => nobody,
  fold: {
    'user.created': createUser,
    'key.issued': issueKey,
    'key.limited': limitKey,
    'key.revoked': revokeKey,
  },
  sink: {
    kind: 'postgres',
    schema: new URL('./schema.sql', import.meta.url),
    views: new URL('./views.sql', import.meta.url),
    tables: [usersTable, apiKeysTable],
    load: new URL('./load-identities.sql', import.meta.url),
    fromRow: identityFromRow,
    rows: rowsOf,
  },
  output: {
    bucket: keysBucket,
    entries: (identity) => {
      if (identity.kind !== 'key') return [];
      const { kind: _kind, createdAt: _createdAt, revokedAt, ...key } = identity;
      return [[key.keyId, { ...key, isRevoked: revokedAt !== null }]];
    },
    changedSince: new URL('./changed-keys.sql', import.meta.url),
  },
  onPoison: { kind: 'park' },
});
