create or replace view public.prices as
select price_version, tenant_id, model, rates, tiers, is_free, published_at, superseded_at, actor, sequence
from prices;
comment on view public.prices is 'Every version of every price, rates in pico-dollars per token; sequence is its publication in PROVIDER_EVENTS. In force where superseded_at is null.';
