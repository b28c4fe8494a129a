select wallet_id as key
from wallets
where sequence > $1 and wallet_id > $2
order by wallet_id
limit $3
