-- A state as one JSON value; times are written as events write them, so that a state read back equals the state folded.
select user_id as key, jsonb_build_object(
  'kind', 'user', 'userId', user_id, 'tenantId', tenant_id, 'userName', user_name, 'walletId', wallet_id,
  'createdAt', to_char(created_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'sequence', sequence) as state
from users
where user_id = any ($1::text[])
union all
select key_id, jsonb_build_object(
  'kind', 'key', 'keyId', key_id, 'tenantId', tenant_id, 'userId', user_id, 'walletId', wallet_id, 'label', label, 'digest', digest,
  'models', models, 'requestsPerMinute', requests_per_minute, 'tokensPerMinute', tokens_per_minute,
  'concurrentRequests', concurrent_requests,
  'expiresAt', to_char(expires_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'revokedAt', to_char(revoked_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
  'createdAt', to_char(created_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'sequence', sequence)
from api_keys
where key_id = any ($1::text[])
