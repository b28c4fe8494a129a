/** Prices as the view shows them: every version, in force where nothing replaced or withdrew it. */
import type { Instant } from '@lurus/base/clock';
import type { EventId, TenantId } from '@lurus/base/ids';
import { ContextTierSchema, RatesSchema } from '@lurus/events/catalogue/provider';
import { fromWire } from '@lurus/events/wire';
import { z } from 'zod';
import type { ProviderService } from './provider.ts';

export type Rates = z.output<typeof RatesSchema>;
export type ContextTier = z.output<typeof ContextTierSchema>;

export interface Price {
  /** The id of the event that published it. */
  readonly priceVersion: EventId;
  readonly tenantId: TenantId;
  readonly model: string;
  readonly rates: Rates;
  readonly tiers: ContextTier[];
  readonly isFree: boolean;
  readonly publishedAt: Instant;
  readonly supersededAt: Instant | null;
  readonly actor: string;
  /** Its publication in PROVIDER_EVENTS. */
  readonly sequence: number;
}

interface PriceRow {
  readonly price_version: EventId;
  readonly tenant_id: TenantId;
  readonly model: string;
  readonly rates: unknown;
  readonly tiers: unknown;
  readonly is_free: boolean;
  readonly published_at: Instant;
  readonly superseded_at: Instant | null;
  readonly actor: string;
  readonly sequence: number;
}

const SELECT_PRICES = `select price_version, tenant_id, model, rates, tiers, is_free, published_at, superseded_at, actor, sequence from prices`;

const priceOf = (row: PriceRow): Price => ({
  priceVersion: row.price_version,
  tenantId: row.tenant_id,
  model: row.model,
  rates: RatesSchema.parse(fromWire(row.rates)),
  tiers: z.array(ContextTierSchema).parse(fromWire(row.tiers)),
  isFree: row.is_free,
  publishedAt: row.published_at,
  supersededAt: row.superseded_at,
  actor: row.actor,
  sequence: row.sequence,
});

/** The price of this version, or undefined. */
export async function findPriceVersion(service: Pick<ProviderService, 'views'>, version: EventId): Promise<Price | undefined> {
  const { rows } = await service.views.query<PriceRow>(`${SELECT_PRICES} where price_version = $1`, [version]);
  return rows[0] && priceOf(rows[0]);
}

/** The price that is in force for exactly this pattern, or undefined. */
export async function findPrice(
  service: Pick<ProviderService, 'views'>,
  of: { readonly tenantId: TenantId; readonly model: string },
): Promise<Price | undefined> {
  const { rows } = await service.views.query<PriceRow>(
    `${SELECT_PRICES} where tenant_id = $1 and model = $2 and superseded_at is null order by sequence desc limit 1`,
    [of.tenantId, of.model],
  );
  return rows[0] && priceOf(rows[0]);
}

export interface PricePage {
  readonly tenantId: TenantId;
  readonly model: string | undefined;
  /** Versions that are no longer in force, too. */
  readonly hasOld: boolean;
  readonly after: number;
  readonly limit: number;
}

/** A page of prices in the order of their publication. */
export async function listPrices(service: Pick<ProviderService, 'views'>, page: PricePage): Promise<Price[]> {
  const { rows } = await service.views.query<PriceRow>(
    `${SELECT_PRICES} where tenant_id = $1 and ($2::text is null or model = $2) and ($3 or superseded_at is null) and sequence > $4
     order by sequence limit $5`,
    [page.tenantId, page.model ?? null, page.hasOld, page.after, page.limit],
  );
  return rows.map(priceOf);
}
