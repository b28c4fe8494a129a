-- One row for every event about money. The key is the event's id, a ULID: rows of one tenant lie in order of time, and an event that was
-- delivered or stored twice is one row, its first place in the stream. What an event does not have is empty, 0 or null.
CREATE TABLE IF NOT EXISTS ledger_log_v1
(
  stream LowCardinality(String),
  sequence UInt64,
  event_id String,
  event_name LowCardinality(String),
  at DateTime64(3, 'UTC'),
  source LowCardinality(String),
  tenant_id LowCardinality(String),
  wallet_id String,
  user_id String,
  key_id String,
  request_id String,
  amount_nanos Int128,
  attempt UInt32,
  dialect LowCardinality(String),
  provider_id String,
  provider LowCardinality(String),
  model LowCardinality(String),
  upstream_model LowCardinality(String),
  served_model LowCardinality(Nullable(String)),
  price_version String,
  input_tokens UInt64,
  cache_read_tokens UInt64,
  cache_write5m_tokens UInt64,
  cache_write1h_tokens UInt64,
  output_tokens UInt64,
  reasoning_tokens UInt64,
  lines Array(Tuple(token_class String, tokens UInt64, picos_per_token Int128, amount_nanos Int128)),
  is_estimated Bool,
  reason String,
  reference String,
  actor String,
  expires_at Nullable(DateTime64(3, 'UTC')),
  expired_at Nullable(DateTime64(3, 'UTC')),
  precedence UInt64 MATERIALIZED 18446744073709551615 - sequence,
  -- Which events is this receipt made of?
  INDEX ledger_log_by_request request_id TYPE bloom_filter(0.001) GRANULARITY 1,
  -- What happened to this wallet?
  INDEX ledger_log_by_wallet wallet_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(precedence)
PARTITION BY toYYYYMM(at)
ORDER BY (tenant_id, event_id)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'One row for every event about money, from BILLING_EVENTS. Read it through the view ledger_log.';

-- One row for the end of every request; where there are several the first in the stream counts.
CREATE TABLE IF NOT EXISTS usage_v1
(
  stream LowCardinality(String),
  sequence UInt64,
  event_id String,
  event_name LowCardinality(String),
  at DateTime64(3, 'UTC'),
  tenant_id LowCardinality(String),
  request_id String,
  wallet_id String,
  user_id String,
  key_id String,
  provider_id String,
  provider LowCardinality(String),
  model LowCardinality(String),
  upstream_model LowCardinality(String),
  served_model LowCardinality(Nullable(String)),
  price_version String,
  input_tokens UInt64,
  cache_read_tokens UInt64,
  cache_write5m_tokens UInt64,
  cache_write1h_tokens UInt64,
  output_tokens UInt64,
  reasoning_tokens UInt64,
  amount_nanos Int128,
  is_estimated Bool,
  precedence UInt64 MATERIALIZED 18446744073709551615 - sequence
)
ENGINE = ReplacingMergeTree(precedence)
ORDER BY (tenant_id, request_id)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'The end of every request, from BILLING_EVENTS. Read it through the view usage_hourly.';

CREATE OR REPLACE VIEW ledger_log AS SELECT * FROM ledger_log_v1 FINAL;

CREATE OR REPLACE VIEW usage_hourly AS
SELECT
  toStartOfHour(at) AS hour,
  tenant_id,
  user_id,
  key_id,
  model,
  provider,
  count() AS requests,
  sum(input_tokens) AS input_tokens,
  sum(cache_read_tokens) AS cache_read_tokens,
  sum(cache_write5m_tokens) AS cache_write5m_tokens,
  sum(cache_write1h_tokens) AS cache_write1h_tokens,
  sum(output_tokens) AS output_tokens,
  sum(reasoning_tokens) AS reasoning_tokens,
  sum(amount_nanos) AS amount_nanos,
  countIf(is_estimated) AS estimated_requests
FROM (SELECT * FROM usage_v1 FINAL WHERE event_name = 'usage.settled')
GROUP BY hour, tenant_id, user_id, key_id, model, provider;
