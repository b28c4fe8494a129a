import { type HttpService, createHttpService } from '@lurus/service/http-service';
import type { Logger } from '@lurus/service/logger';
import type { Metrics } from '@lurus/service/metrics';
import type { ReadinessCheck } from '@lurus/service/readiness';
import { addPriceRoutes } from './price-routes.ts';
import { addProviderRoutes } from './provider-routes.ts';
import type { ProviderService } from './provider.ts';

export interface ProviderServiceOptions {
  readonly service: ProviderService;
  readonly adminToken: string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly checks: Readonly<Record<string, ReadinessCheck>>;
}

/** The provider service: commands become events, queries read the views that projectors made of them. */
export const createProviderService = ({ service, ...options }: ProviderServiceOptions): Promise<HttpService> =>
  createHttpService({
    ...options,
    name: 'provider',
    says: 'Providers that requests are routed to, and what models cost. Commands append to PROVIDER_EVENTS and answer once the gateways can see what they did.',
    routes: (app) => {
      addProviderRoutes(app, service);
      addPriceRoutes(app, service);
    },
  });
