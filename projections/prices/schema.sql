create table if not exists prices (
  price_version text primary key,
  tenant_id text not null,
  model text not null,
  rates jsonb not null,
  tiers jsonb not null,
  is_free boolean not null,
  published_at timestamptz not null,
  superseded_at timestamptz,
  actor text not null,
  sequence bigint not null,
  changed_sequence bigint not null
);
comment on table prices is 'Every version of every price; the version is the id of the event that published it. In force where superseded_at is null.';

create index if not exists prices_by_model on prices (tenant_id, model, sequence desc);
comment on index prices_by_model is 'What does this model pattern cost, now and before?';

create index if not exists prices_by_changed_sequence on prices (changed_sequence);
comment on index prices_by_changed_sequence is 'Which prices changed after a sequence? Asked at start, to put again what a crash kept from the bucket.';
