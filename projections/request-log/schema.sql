-- One row for every request that ended. The key is the event's id, a ULID: rows of one tenant lie in order of time, and an event that was
-- delivered or stored twice is one row, its first place in the stream.
CREATE TABLE IF NOT EXISTS request_log_v1
(
  stream LowCardinality(String),
  sequence UInt64,
  event_id String,
  event_name LowCardinality(String),
  at DateTime64(3, 'UTC'),
  tenant_id LowCardinality(String),
  request_id String,
  key_id String,
  user_id String,
  wallet_id String,
  dialect LowCardinality(String),
  operation LowCardinality(String),
  model LowCardinality(String),
  upstream_model LowCardinality(Nullable(String)),
  served_model LowCardinality(Nullable(String)),
  provider_id Nullable(String),
  provider LowCardinality(Nullable(String)),
  attempts UInt32,
  is_stream Bool,
  status UInt16,
  reason LowCardinality(String),
  stop_reported Nullable(String),
  stop_class LowCardinality(Nullable(String)),
  input_tokens UInt64,
  cache_read_tokens UInt64,
  cache_write5m_tokens UInt64,
  cache_write1h_tokens UInt64,
  output_tokens UInt64,
  reasoning_tokens UInt64,
  is_estimated Bool,
  amount_nanos Int128,
  price_version Nullable(String),
  first_byte_ms Nullable(UInt32),
  duration_ms UInt32,
  request_bytes UInt64,
  response_bytes UInt64,
  client_family LowCardinality(String),
  session_key Nullable(String),
  sub_key Nullable(String),
  request_class LowCardinality(String),
  precedence UInt64 MATERIALIZED 18446744073709551615 - sequence,
  -- What became of this request?
  INDEX request_log_by_request request_id TYPE bloom_filter(0.001) GRANULARITY 1,
  -- What did this user ask for?
  INDEX request_log_by_user user_id TYPE bloom_filter(0.01) GRANULARITY 1,
  -- What was this key used for?
  INDEX request_log_by_key key_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(precedence)
PARTITION BY toYYYYMM(at)
ORDER BY (tenant_id, event_id)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'One row for every request that ended, from LLM_EVENTS. Read it through the view request_log.';

CREATE TABLE IF NOT EXISTS request_attempts_v1
(
  stream LowCardinality(String),
  sequence UInt64,
  event_id String,
  event_name LowCardinality(String),
  at DateTime64(3, 'UTC'),
  tenant_id LowCardinality(String),
  request_id String,
  attempt UInt32,
  provider_id String,
  provider LowCardinality(String),
  upstream_model LowCardinality(String),
  outcome LowCardinality(String),
  status Nullable(UInt16),
  error Nullable(String),
  first_byte_ms Nullable(UInt32),
  duration_ms UInt32,
  has_usage Bool,
  input_tokens UInt64,
  cache_read_tokens UInt64,
  cache_write5m_tokens UInt64,
  cache_write1h_tokens UInt64,
  output_tokens UInt64,
  reasoning_tokens UInt64,
  precedence UInt64 MATERIALIZED 18446744073709551615 - sequence,
  -- Which providers were tried for this request?
  INDEX request_attempts_by_request request_id TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(precedence)
PARTITION BY toYYYYMM(at)
ORDER BY (tenant_id, event_id)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'One row for every call of a provider, from LLM_EVENTS. Read it through the view request_attempts.';

CREATE OR REPLACE VIEW request_log AS SELECT * FROM request_log_v1 FINAL;

CREATE OR REPLACE VIEW request_attempts AS SELECT * FROM request_attempts_v1 FINAL;
