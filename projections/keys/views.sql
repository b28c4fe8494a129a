create or replace view public.users as
select user_id, tenant_id, user_name, wallet_id, created_at, sequence
from users;
comment on view public.users is 'Everybody who can have keys, each with one wallet.';

create or replace view public.api_keys as
select key_id, tenant_id, user_id, wallet_id, label, digest, models, requests_per_minute, tokens_per_minute, concurrent_requests,
  expires_at, revoked_at, created_at, sequence
from api_keys;
comment on view public.api_keys is 'Every key that was ever issued; sequence is the last event about it in IDENTITY_EVENTS.';
