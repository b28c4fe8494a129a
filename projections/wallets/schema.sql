create table if not exists wallets (
  wallet_id text primary key,
  tenant_id text not null,
  user_id text not null,
  available_nanos numeric(38, 0) not null check (available_nanos >= 0),
  held_nanos numeric(38, 0) not null check (held_nanos >= 0),
  credited_nanos numeric(38, 0) not null,
  spent_nanos numeric(38, 0) not null,
  lost_nanos numeric(38, 0) not null,
  sequence bigint not null,
  updated_at timestamptz not null,
  check (available_nanos + held_nanos = credited_nanos - spent_nanos)
) with (fillfactor = 70);
comment on table wallets is 'What each wallet has after the event at sequence. Updated in place many times a second, hence the room in its pages.';

create index if not exists wallets_by_sequence on wallets (sequence);
comment on index wallets_by_sequence is 'Which wallets changed after a sequence? Asked at start, to put again what a crash kept from the bucket.';

create table if not exists holds (
  request_id text primary key,
  wallet_id text not null,
  tenant_id text not null,
  key_id text not null,
  user_id text not null,
  model text not null,
  amount_nanos numeric(38, 0) not null check (amount_nanos >= 0),
  price_version text not null,
  placed_at timestamptz not null,
  expires_at timestamptz not null,
  sequence bigint not null,
  event_id text not null
);
comment on table holds is 'Money reserved for requests that run now. A hold that has ended is not here; its end is a transaction.';

create index if not exists holds_by_expiry on holds (expires_at);
comment on index holds_by_expiry is 'Which holds have outlived their time? Asked every second.';

create index if not exists holds_by_wallet on holds (wallet_id);
comment on index holds_by_wallet is 'What does this wallet hold money for at the moment?';

create table if not exists transactions (
  sequence bigint primary key,
  event_id text not null,
  tenant_id text not null,
  wallet_id text not null,
  event_name text not null,
  request_id text,
  amount_nanos numeric(38, 0) not null,
  available_delta numeric(38, 0) not null,
  held_delta numeric(38, 0) not null,
  loss_nanos numeric(38, 0) not null,
  available_after numeric(38, 0) not null,
  held_after numeric(38, 0) not null,
  reason text not null,
  reference text not null,
  actor text not null,
  at timestamptz not null
);
comment on table transactions is 'One row for every event about money, with what it changed and what the wallet had afterwards.';

create unique index if not exists transactions_by_event on transactions (event_id);
comment on index transactions_by_event is 'Was this event applied before? An event that was stored twice must count once.';

create index if not exists transactions_by_wallet on transactions (wallet_id, sequence desc);
comment on index transactions_by_wallet is 'What happened to this wallet, latest first?';

create index if not exists transactions_by_request on transactions (request_id) where request_id is not null;
comment on index transactions_by_request is 'How did this request end? Asked for every event about a request that holds nothing.';

create index if not exists transactions_by_reference on transactions ((wallet_id || ':' || reference)) where event_name = 'wallet.credited' and reference <> '';
comment on index transactions_by_reference is 'Was this reference credited before? The same reference is credited once.';
