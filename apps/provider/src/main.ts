/** The provider service as a process. */
import { systemClock } from '@lurus/base/clock';
import { createIdSource } from '@lurus/base/ids';
import { readSettings } from '@lurus/base/setting';
import { openJournal } from '@lurus/journal/connect';
import { openPostgres } from '@lurus/projection/postgres/open-postgres';
import { createTurns } from '@lurus/service/command';
import { createMetrics } from '@lurus/service/metrics';
import { requireReady } from '@lurus/service/readiness';
import { runProcess } from '@lurus/service/run-process';
import { pricesBucket, routesBucket } from '@lurus/streams/buckets';
import { createProviderService } from './provider-service.ts';

const name = 'provider';

await runProcess({
  name,
  readSettings: () =>
    readSettings(process.env, [
      'LURUS_LOG_LEVEL',
      'LURUS_INSTANCE',
      'LURUS_START_GATE',
      'LURUS_HOST',
      'LURUS_PROVIDER_PORT',
      'LURUS_NATS_URL',
      'LURUS_NATS_SEED',
      'LURUS_POSTGRES_URL',
      'LURUS_ADMIN_TOKEN',
      'LURUS_MASTER_KEY',
    ]),
  secrets: (settings) => [settings.LURUS_ADMIN_TOKEN, settings.LURUS_MASTER_KEY, settings.LURUS_NATS_SEED],
  start: async ({ settings, logger, onStop }) => {
    const instance = settings.LURUS_INSTANCE;
    const connection = await openJournal({
      url: settings.LURUS_NATS_URL,
      seed: settings.LURUS_NATS_SEED,
      processName: name,
      instance,
      clock: systemClock,
      log: logger,
      needsDurableServer: true,
    });
    onStop('journal', connection.close);
    const views = openPostgres(settings.LURUS_POSTGRES_URL, { applicationName: `${name}-${instance}` });
    onStop('postgres', views.close);
    const [routes, prices] = await Promise.all([connection.mirror(routesBucket), connection.mirror(pricesBucket)]);
    const http = await createProviderService({
      service: {
        connection,
        views,
        routes,
        prices,
        clock: systemClock,
        source: `${name}-${instance}`,
        ids: createIdSource(systemClock),
        masterKey: settings.LURUS_MASTER_KEY,
        inTurn: createTurns(),
      },
      adminToken: settings.LURUS_ADMIN_TOKEN,
      logger,
      metrics: createMetrics({ process: name, instance }),
      checks: {
        journal: () => requireReady(connection.isConnected(), 'not connected to NATS'),
        views: async () => void (await views.query('select 1 from providers limit 1')),
        buckets: () => requireReady(routes.isLive() && prices.isLive(), 'the watch of ROUTES or PRICES does not run'),
      },
    });
    onStop('http', http.close);
    const url = await http.listen({ host: settings.LURUS_HOST, port: settings.LURUS_PROVIDER_PORT });
    logger.info({ url }, 'listening');
  },
});
