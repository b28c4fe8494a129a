create or replace view public.wallets as
select wallet_id, tenant_id, user_id, available_nanos, held_nanos, credited_nanos, spent_nanos, lost_nanos,
  exists (select from frozen_keys where frozen_keys.key = wallets.wallet_id) as is_frozen, sequence, updated_at
from wallets;
comment on view public.wallets is 'What each wallet has, in nano-dollars, after the event at sequence of BILLING_EVENTS.';

create or replace view public.holds as
select request_id, wallet_id, key_id, user_id, model, amount_nanos, price_version, placed_at, expires_at, sequence
from holds;
comment on view public.holds is 'Money reserved for requests that run now.';

create or replace view public.transactions as
select sequence, event_id, tenant_id, wallet_id, event_name, request_id, amount_nanos, available_delta, held_delta, loss_nanos,
  available_after, held_after, reason, reference, actor, at
from transactions;
comment on view public.transactions is 'One row for every event about money; sequence is its place in BILLING_EVENTS.';
