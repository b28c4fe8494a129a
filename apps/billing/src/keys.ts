/** API keys as the view shows them. The digest never leaves this file's rows. */
import type { Instant } from '@lurus/base/clock';
import type { KeyId, TenantId, UserId, WalletId } from '@lurus/base/ids';
import type { Billing } from './billing.ts';
import { keyUnknown } from './problems.ts';

/** What a key may do; null is no limit, an empty list of models allows every model. */
export interface KeyLimits {
  readonly models: string[];
  readonly requestsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
  readonly concurrentRequests: number | null;
}

export interface Key extends KeyLimits {
  readonly keyId: KeyId;
  readonly tenantId: TenantId;
  readonly userId: UserId;
  readonly userName: string;
  readonly walletId: WalletId;
  readonly label: string;
  readonly expiresAt: Instant | null;
  readonly revokedAt: Instant | null;
  readonly createdAt: Instant;
  /** The last event about it in IDENTITY_EVENTS. */
  readonly sequence: number;
}

interface KeyRow {
  readonly key_id: KeyId;
  readonly tenant_id: TenantId;
  readonly user_id: UserId;
  readonly user_name: string | null;
  readonly wallet_id: WalletId;
  readonly label: string;
  readonly models: string[];
  readonly requests_per_minute: number | null;
  readonly tokens_per_minute: number | null;
  readonly concurrent_requests: number | null;
  readonly expires_at: Instant | null;
  readonly revoked_at: Instant | null;
  readonly created_at: Instant;
  readonly sequence: number;
}

const SELECT_KEYS = `select k.key_id, k.tenant_id, k.user_id, u.user_name, k.wallet_id, k.label, k.models, k.requests_per_minute,
  k.tokens_per_minute, k.concurrent_requests, k.expires_at, k.revoked_at, k.created_at, k.sequence
  from api_keys k left join users u using (user_id)`;

const keyOf = (row: KeyRow): Key => ({
  keyId: row.key_id,
  tenantId: row.tenant_id,
  userId: row.user_id,
  userName: row.user_name ?? row.user_id,
  walletId: row.wallet_id,
  label: row.label,
  models: row.models,
  requestsPerMinute: row.requests_per_minute,
  tokensPerMinute: row.tokens_per_minute,
  concurrentRequests: row.concurrent_requests,
  expiresAt: row.expires_at,
  revokedAt: row.revoked_at,
  createdAt: row.created_at,
  sequence: row.sequence,
});

/** The key of this id, revoked ones included, or undefined. */
export async function findKey(billing: Pick<Billing, 'views'>, keyId: KeyId): Promise<Key | undefined> {
  const { rows } = await billing.views.query<KeyRow>(`${SELECT_KEYS} where k.key_id = $1`, [keyId]);
  return rows[0] && keyOf(rows[0]);
}

/** The key of this id. Throws a Problem 404. */
export async function requireKey(billing: Pick<Billing, 'views'>, keyId: KeyId): Promise<Key> {
  const key = await findKey(billing, keyId);
  if (!key) throw keyUnknown({ keyId });
  return key;
}

/** A page of a tenant's keys, or of one user's, in the order of their ids. */
export async function listKeys(
  billing: Pick<Billing, 'views'>,
  page: { readonly tenantId: TenantId; readonly userId: UserId | undefined; readonly after: string; readonly limit: number },
): Promise<Key[]> {
  const { rows } = await billing.views.query<KeyRow>(
    `${SELECT_KEYS} where k.tenant_id = $1 and ($2::text is null or k.user_id = $2) and k.key_id > $3 collate "C" order by k.key_id collate "C" limit $4`,
    [page.tenantId, page.userId ?? null, page.after, page.limit],
  );
  return rows.map(keyOf);
}
