select key_id as key
from api_keys
where sequence > $1 and key_id > $2
order by key_id
limit $3
