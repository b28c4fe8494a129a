-- What is known about each request or reference: an open hold, else the end that counts, else a credited reference.
-- A settlement outweighs the other ends: it is the one that charged, also where it came after an expiry.
select 'held' as how, request_id as key, request_id, key_id, user_id, model, amount_nanos, price_version, placed_at, expires_at, sequence, event_id
from holds
where request_id = any ($1::text[])
union all
select
  case
    when bool_or(event_name = 'usage.settled' and reason not like 'repeated%') then 'settled'
    when bool_or(event_name = 'hold.expired' and reason not like 'repeated%') then 'expired'
    else 'released'
  end,
  request_id, null, null, null, null, null, null, null, null, null, null
from transactions
where request_id = any ($1::text[]) and event_name in ('usage.settled', 'hold.released', 'hold.expired')
group by request_id
union all
select distinct 'credited', wallet_id || ':' || reference, null, null, null, null, null::numeric, null, null::timestamptz, null::timestamptz, null::bigint, null
from transactions
where wallet_id || ':' || reference = any ($1::text[]) and event_name = 'wallet.credited' and reference <> ''
