-- Five seconds of grace: the gateway's clock is not ours, and a settlement may be on its way.
-- Holds of frozen wallets stay: their end would only be parked, and found again.
select request_id, wallet_id, tenant_id, event_id, expires_at
from holds
where expires_at <= $1::timestamptz - interval '5 seconds'
  and not exists (select from frozen_keys where frozen_keys.key = holds.wallet_id)
order by expires_at
limit $2
