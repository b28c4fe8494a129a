/** Providers as the view shows them. The sealed credential stays inside this service. */
import type { Instant } from '@lurus/base/clock';
import type { DialectName } from '@lurus/base/dialect-name';
import type { ProviderId, TenantId } from '@lurus/base/ids';
import type { AuthStyle } from '@lurus/events/catalogue/provider';
import type { ProviderService } from './provider.ts';
import { providerUnknown } from './problems.ts';

export interface ModelMapping {
  readonly pattern: string;
  readonly target: string;
}

export interface Provider {
  readonly providerId: ProviderId;
  readonly tenantId: TenantId;
  readonly name: string;
  readonly dialect: DialectName;
  readonly baseUrl: string;
  readonly authStyle: AuthStyle;
  readonly sealedCredential: string | null;
  readonly models: string[];
  readonly modelMapping: ModelMapping[];
  readonly priority: number;
  readonly weight: number;
  readonly isRemoved: boolean;
  /** The last event about it in PROVIDER_EVENTS. */
  readonly sequence: number;
  readonly updatedAt: Instant;
}

interface ProviderRow {
  readonly provider_id: ProviderId;
  readonly tenant_id: TenantId;
  readonly provider: string;
  readonly dialect: DialectName;
  readonly base_url: string;
  readonly auth_style: AuthStyle;
  readonly sealed_credential: string | null;
  readonly models: string[];
  readonly model_mapping: ModelMapping[];
  readonly priority: number;
  readonly weight: number;
  readonly is_removed: boolean;
  readonly sequence: number;
  readonly updated_at: Instant;
}

const SELECT_PROVIDERS = `select provider_id, tenant_id, provider, dialect, base_url, auth_style, sealed_credential, models, model_mapping,
  priority, weight, is_removed, sequence, updated_at from providers`;

const providerOf = (row: ProviderRow): Provider => ({
  providerId: row.provider_id,
  tenantId: row.tenant_id,
  name: row.provider,
  dialect: row.dialect,
  baseUrl: row.base_url,
  authStyle: row.auth_style,
  sealedCredential: row.sealed_credential,
  models: row.models,
  modelMapping: row.model_mapping,
  priority: row.priority,
  weight: row.weight,
  isRemoved: row.is_removed,
  sequence: row.sequence,
  updatedAt: row.updated_at,
});

/** The provider that has or last had this name: one that is routed to wins over those that were removed. */
export async function findProvider(
  service: Pick<ProviderService, 'views'>,
  { tenantId, name }: { readonly tenantId: TenantId; readonly name: string },
): Promise<Provider | undefined> {
  const { rows } = await service.views.query<ProviderRow>(
    `${SELECT_PROVIDERS} where tenant_id = $1 and provider = $2 order by is_removed, sequence desc limit 1`,
    [tenantId, name],
  );
  return rows[0] && providerOf(rows[0]);
}

/** The provider of this id, removed or not, or undefined. */
export async function findProviderById(service: Pick<ProviderService, 'views'>, providerId: ProviderId): Promise<Provider | undefined> {
  const { rows } = await service.views.query<ProviderRow>(`${SELECT_PROVIDERS} where provider_id = $1`, [providerId]);
  return rows[0] && providerOf(rows[0]);
}

/** The provider of this name that is routed to. Throws a Problem 404 that names those which exist. */
export async function requireProvider(
  service: Pick<ProviderService, 'views'>,
  named: { readonly tenantId: TenantId; readonly name: string },
): Promise<Provider> {
  const provider = await findProvider(service, named);
  if (provider && !provider.isRemoved) return provider;
  const known = await listProviders(service, { tenantId: named.tenantId, after: '', limit: NAMED_MAX });
  throw providerUnknown({ name: named.name, tenant: named.tenantId, known: known.map((one) => one.name) });
}

const NAMED_MAX = 10; // A sentence with more names than that is not read.

/** A page of the providers that are routed to, in the order of their names. */
export async function listProviders(
  service: Pick<ProviderService, 'views'>,
  page: { readonly tenantId: TenantId; readonly after: string; readonly limit: number },
): Promise<Provider[]> {
  const { rows } = await service.views.query<ProviderRow>(
    `${SELECT_PROVIDERS} where tenant_id = $1 and not is_removed and provider > $2 collate "C" order by provider collate "C" limit $3`,
    [page.tenantId, page.after, page.limit],
  );
  return rows.map(providerOf);
}
