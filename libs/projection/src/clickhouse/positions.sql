-- How far each projection has read each partition: one row for every step, the furthest counts. Written after the rows it speaks of.
CREATE TABLE IF NOT EXISTS projection_positions
(
  `projection` LowCardinality(String),
  version UInt32,
  stream LowCardinality(String),
  partition UInt16,
  sequence UInt64,
  last_id String,
  stream_created_at String
)
ENGINE = ReplacingMergeTree(sequence)
ORDER BY (projection, version, stream, partition)
COMMENT 'How far each projection has read each partition of its stream, with the id of the last event.';
