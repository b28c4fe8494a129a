-- The latest version of each pattern: only by it the next event is judged.
select distinct on (tenant_id, model) tenant_id || ' ' || model as key, tenant_id, model, price_version, rates, tiers, is_free, published_at,
  superseded_at, actor, sequence, changed_sequence
from prices
where (tenant_id, model) in (select split_part(key, ' ', 1), substr(key, strpos(key, ' ') + 1) from unnest($1::text[]) as wanted (key))
order by tenant_id, model, sequence desc
