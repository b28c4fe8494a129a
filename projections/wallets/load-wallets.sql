select wallet_id, tenant_id, user_id, available_nanos, held_nanos, credited_nanos, spent_nanos, lost_nanos, sequence, updated_at
from wallets
where wallet_id = any ($1::text[])
