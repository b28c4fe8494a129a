create or replace view public.providers as
select provider_id, tenant_id, provider, dialect, base_url, auth_style, sealed_credential, models, model_mapping, priority, weight,
  is_removed, sequence, updated_at
from providers;
comment on view public.providers is 'Every provider that was ever registered; sequence is the last event about it in PROVIDER_EVENTS.';
