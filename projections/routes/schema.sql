create table if not exists providers (
  provider_id text primary key,
  tenant_id text not null,
  provider text not null,
  dialect text not null,
  base_url text not null,
  auth_style text not null,
  sealed_credential text,
  models text[] not null,
  model_mapping jsonb not null,
  priority integer not null,
  weight integer not null,
  is_removed boolean not null,
  sequence bigint not null,
  updated_at timestamptz not null
);
comment on table providers is 'Every provider that was ever registered, removed ones marked. Credentials are sealed.';

create index if not exists providers_by_name on providers (tenant_id, provider);
comment on index providers_by_name is 'Which provider has this name in this tenant?';

create index if not exists providers_by_sequence on providers (sequence);
comment on index providers_by_sequence is 'Which providers changed after a sequence? Asked at start, to put again what a crash kept from the bucket.';
