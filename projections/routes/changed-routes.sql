select provider_id as key
from providers
where sequence > $1 and provider_id > $2
order by provider_id
limit $3
