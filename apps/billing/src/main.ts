/** The billing service as a process. */
import { systemClock } from '@lurus/base/clock';
import { createIdSource } from '@lurus/base/ids';
import { readSettings } from '@lurus/base/setting';
import { openJournal } from '@lurus/journal/connect';
import { openPostgres } from '@lurus/projection/postgres/open-postgres';
import { createTurns } from '@lurus/service/command';
import { createMetrics } from '@lurus/service/metrics';
import { requireReady } from '@lurus/service/readiness';
import { runProcess } from '@lurus/service/run-process';
import { balancesBucket, keysBucket } from '@lurus/streams/buckets';
import { createBillingService } from './billing-service.ts';

const name = 'billing';

await runProcess({
  name,
  readSettings: () =>
    readSettings(process.env, [
      'LURUS_LOG_LEVEL',
      'LURUS_INSTANCE',
      'LURUS_START_GATE',
      'LURUS_HOST',
      'LURUS_BILLING_PORT',
      'LURUS_NATS_URL',
      'LURUS_NATS_SEED',
      'LURUS_POSTGRES_URL',
      'LURUS_ADMIN_TOKEN',
      'LURUS_KEY_PEPPER',
    ]),
  secrets: (settings) => [settings.LURUS_ADMIN_TOKEN, settings.LURUS_KEY_PEPPER, settings.LURUS_NATS_SEED],
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
    const [keys, balances] = await Promise.all([connection.mirror(keysBucket), connection.mirror(balancesBucket)]);
    const service = await createBillingService({
      billing: {
        connection,
        views,
        keys,
        balances,
        clock: systemClock,
        source: `${name}-${instance}`,
        ids: createIdSource(systemClock),
        keyPepper: settings.LURUS_KEY_PEPPER,
        inTurn: createTurns(),
      },
      adminToken: settings.LURUS_ADMIN_TOKEN,
      logger,
      metrics: createMetrics({ process: name, instance }),
      checks: {
        journal: () => requireReady(connection.isConnected(), 'not connected to NATS'),
        views: async () => void (await views.query('select 1 from users limit 1')),
        buckets: () => requireReady(keys.isLive() && balances.isLive(), 'the watch of KEYS or BALANCES does not run'),
      },
    });
    onStop('http', service.close);
    const url = await service.listen({ host: settings.LURUS_HOST, port: settings.LURUS_BILLING_PORT });
    logger.info({ url }, 'listening');
  },
});
