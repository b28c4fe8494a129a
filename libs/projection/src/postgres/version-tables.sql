-- What every version of every projection has beside its own tables.
create table if not exists applied_events (
  event_id text primary key,
  sequence bigint not null
);
comment on table applied_events is 'Every event that was applied, for projections without a table that has a row for each: an event that was stored twice must count once.';

create table if not exists parked_events (
  sequence bigint primary key,
  key text not null,
  event_id text not null,
  event text not null,
  error text not null
);
comment on table parked_events is 'Events that were set aside: those that could not be applied (with their error), and those that wait behind one of the same key.';

create index if not exists parked_events_by_key on parked_events (key, sequence);
comment on index parked_events_by_key is 'What waits behind the poison of this key, in order?';

create table if not exists frozen_keys (
  key text primary key,
  sequence bigint not null,
  error text not null
);
comment on table frozen_keys is 'Keys that a poison event stopped: their state is true up to the event before it.';
