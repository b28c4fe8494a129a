-- A state as one JSON value; times are written as events write them, so that a state read back equals the state folded.
select provider_id as key, jsonb_build_object(
  'kind', 'known', 'providerId', provider_id, 'tenantId', tenant_id, 'provider', provider, 'dialect', dialect, 'baseUrl', base_url,
  'authStyle', auth_style, 'sealedCredential', sealed_credential, 'models', models, 'modelMapping', model_mapping,
  'priority', priority, 'weight', weight, 'isRemoved', is_removed, 'sequence', sequence,
  'updatedAt', to_char(updated_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) as state
from providers
where provider_id = any ($1::text[])
