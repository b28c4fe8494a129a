import { type HttpService, createHttpService } from '@lurus/service/http-service';
import type { Logger } from '@lurus/service/logger';
import type { Metrics } from '@lurus/service/metrics';
import type { ReadinessCheck } from '@lurus/service/readiness';
import type { Billing } from './billing.ts';
import { addKeyRoutes } from './key-routes.ts';
import { addUserRoutes } from './user-routes.ts';
import { addWalletRoutes } from './wallet-routes.ts';

export interface BillingServiceOptions {
  readonly billing: Billing;
  readonly adminToken: string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly checks: Readonly<Record<string, ReadinessCheck>>;
}

/** The billing service: commands become events, queries read the views that projectors made of them. */
export const createBillingService = ({ billing, ...options }: BillingServiceOptions): Promise<HttpService> =>
  createHttpService({
    ...options,
    name: 'billing',
    says: 'Users, their wallets and their API keys. Commands append to IDENTITY_EVENTS and BILLING_EVENTS and answer once the views show what they did.',
    routes: (app) => {
      addUserRoutes(app, billing);
      addWalletRoutes(app, billing);
      addKeyRoutes(app, billing);
    },
  });
