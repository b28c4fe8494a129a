import { type HttpService, createHttpService } from '@lurus/service/http-service';
import type { Metrics } from '@lurus/service/metrics';
import type { ReadinessCheck } from '@lurus/service/readiness';
import type { Log } from './log.ts';
import { addReceiptRoutes } from './receipt-routes.ts';
import { addRequestRoutes } from './request-routes.ts';
import { addUsageRoutes } from './usage-routes.ts';

export interface LogServiceOptions {
  readonly log: Log;
  readonly adminToken: string;
  readonly metrics: Metrics;
  readonly checks: Readonly<Record<string, ReadinessCheck>>;
}

/** The log service: queries over the ClickHouse views. It appends nothing and changes nothing. */
export const createLogService = ({ log, ...options }: LogServiceOptions): Promise<HttpService> =>
  createHttpService({
    ...options,
    logger: log.logger,
    name: 'log',
    says: 'Requests, receipts and usage, from the ClickHouse views that projectors keep.',
    routes: (app) => {
      addRequestRoutes(app, log);
      addReceiptRoutes(app, log);
      addUsageRoutes(app, log);
    },
  });
