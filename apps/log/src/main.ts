/** The log service as a process. */
import { systemClock } from '@lurus/base/clock';
import { readSettings } from '@lurus/base/setting';
import { type ClickHouse, openClickHouse } from '@lurus/projection/clickhouse/open-clickhouse';
import { openPostgres } from '@lurus/projection/postgres/open-postgres';
import { createMetrics } from '@lurus/service/metrics';
import { requireReady } from '@lurus/service/readiness';
import { runProcess } from '@lurus/service/run-process';
import { createLogService } from './log-service.ts';

const name = 'log';
const VIEWS = ['request_log', 'request_attempts', 'ledger_log', 'usage_hourly'];

/** Looks into the catalogue: a query of a view itself would merge rows, every few seconds for nothing. */
async function requireViews(statistics: ClickHouse): Promise<void> {
  const rows = await statistics.query<{ readonly name: string }>(
    'select name from system.tables where database = currentDatabase() and name in {names:Array(String)}',
    { names: VIEWS },
  );
  requireReady(rows.length === VIEWS.length, 'ClickHouse does not have all views yet: the projector makes them');
}

await runProcess({
  name,
  readSettings: () =>
    readSettings(process.env, [
      'LURUS_LOG_LEVEL',
      'LURUS_INSTANCE',
      'LURUS_START_GATE',
      'LURUS_HOST',
      'LURUS_LOG_PORT',
      'LURUS_POSTGRES_URL',
      'LURUS_CLICKHOUSE_URL',
      'LURUS_ADMIN_TOKEN',
    ]),
  secrets: (settings) => [settings.LURUS_ADMIN_TOKEN],
  start: async ({ settings, logger, onStop }) => {
    const instance = settings.LURUS_INSTANCE;
    const statistics = openClickHouse(settings.LURUS_CLICKHOUSE_URL);
    onStop('clickhouse', statistics.close);
    const views = openPostgres(settings.LURUS_POSTGRES_URL, { applicationName: `${name}-${instance}` });
    onStop('postgres', views.close);
    const service = await createLogService({
      log: { statistics, views, clock: systemClock, logger },
      adminToken: settings.LURUS_ADMIN_TOKEN,
      metrics: createMetrics({ process: name, instance }),
      // Without Postgres the log still answers, only without names; it is not worth taking the service away.
      checks: { statistics: () => requireViews(statistics) },
    });
    onStop('http', service.close);
    const url = await service.listen({ host: settings.LURUS_HOST, port: settings.LURUS_LOG_PORT });
    logger.info({ url }, 'listening');
  },
});
