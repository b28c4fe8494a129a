-- Everything that belongs to no single projection. Made by every projector at start, where it is missing, under an advisory lock.
create schema if not exists lurus;

create table if not exists lurus.positions (
  projection text not null,
  version integer not null,
  stream text not null,
  partition integer not null,
  sequence bigint not null,
  last_id text not null,
  stream_created_at text not null,
  bucket_sequence bigint not null default 0,
  bucket_created_at text not null default '',
  bucket_revision bigint not null default 0,
  primary key (projection, version, stream, partition)
) with (fillfactor = 50);
comment on table lurus.positions is
  'How far each projection has folded each partition: sequence and id of the last event, written in the transaction of its rows. bucket_*: up to which sequence the bucket has it too, and which bucket that was. Updated in place all the time, hence the room in its pages.';

create table if not exists lurus.active_versions (
  projection text primary key,
  version integer not null
);
comment on table lurus.active_versions is 'Which version of each projection the views in schema public show.';
