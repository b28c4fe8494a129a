/** The simulator as a process: a provider to test and demo against. */
import { resolve } from 'node:path';
import { systemClock } from '@lurus/base/clock';
import { createIdSource } from '@lurus/base/ids';
import { readSettings } from '@lurus/base/setting';
import { createMetrics } from '@lurus/service/metrics';
import { runProcess } from '@lurus/service/run-process';
import { createSimulator } from './create-simulator.ts';

await runProcess({
  name: 'simulator',
  readSettings: () =>
    readSettings(process.env, [
      'LURUS_HOST',
      'LURUS_SIMULATOR_PORT',
      'LURUS_PORT_SHIFT',
      'LURUS_FIXTURES',
      'LURUS_LOG_LEVEL',
      'LURUS_INSTANCE',
      'LURUS_START_GATE',
    ]),
  start: async ({ settings, logger, onStop }) => {
    const metrics = createMetrics({ process: 'simulator', instance: settings.LURUS_INSTANCE });
    const requests = metrics.counter({
      name: 'switch_simulator_requests_total',
      help: 'Requests that the simulated provider answered.',
      labels: ['dialect', 'status', 'ending'],
    });
    const simulator = createSimulator({
      clock: systemClock,
      ids: createIdSource(systemClock),
      fixtures: resolve(settings.LURUS_FIXTURES),
      metrics: async () => ({ text: await metrics.render(), contentType: metrics.contentType }),
      onError: (error) => logger.error({ err: error }, 'a request could not be simulated'),
      onEnd: (entry) => {
        requests.inc({ dialect: entry.dialect ?? 'none', status: String(entry.status), ending: entry.ending });
        logger.debug({ requestId: entry.id, model: entry.model, status: entry.status, ending: entry.ending }, 'answered');
      },
    });
    onStop('http', simulator.close);
    const port = settings.LURUS_SIMULATOR_PORT === 0 ? 0 : settings.LURUS_SIMULATOR_PORT + settings.LURUS_PORT_SHIFT;
    const url = await simulator.listen({ host: settings.LURUS_HOST, port });
    logger.info({ url }, 'listening');
  },
});
