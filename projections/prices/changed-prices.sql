select distinct tenant_id || ' ' || model as key
from prices
where changed_sequence > $1 and tenant_id || ' ' || model > $2
order by 1
limit $3
