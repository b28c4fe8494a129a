create table if not exists users (
  user_id text primary key,
  tenant_id text not null,
  user_name text not null,
  wallet_id text not null,
  created_at timestamptz not null,
  sequence bigint not null
);
comment on table users is 'Everybody who can have keys, each with one wallet.';

create index if not exists users_by_name on users (tenant_id, user_name);
comment on index users_by_name is 'Who is the user of this name in this tenant?';

create table if not exists api_keys (
  key_id text primary key,
  tenant_id text not null,
  user_id text not null,
  wallet_id text not null,
  label text not null,
  digest text not null,
  models text[] not null,
  requests_per_minute integer,
  tokens_per_minute integer,
  concurrent_requests integer,
  expires_at timestamptz,
  revoked_at timestamptz,
  created_at timestamptz not null,
  sequence bigint not null
);
comment on table api_keys is 'Every key that was ever issued, revoked ones included. A null limit is none; no models means all.';

create index if not exists api_keys_by_user on api_keys (tenant_id, user_id);
comment on index api_keys_by_user is 'Which keys does this user have?';

create index if not exists api_keys_by_sequence on api_keys (sequence);
comment on index api_keys_by_sequence is 'Which keys changed after a sequence? Asked at start, to put again what a crash kept from the bucket.';
