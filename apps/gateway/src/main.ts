/** The gateway process. */
import { systemClock } from '@lurus/base/clock';
import { readSettings } from '@lurus/base/setting';
import { runProcess } from '@lurus/service/run-process';
import { GATEWAY_SETTINGS, startGateway } from './start-gateway.ts';

/** What closing takes beyond the answers themselves: the journal's last acknowledgements. */
const STOP_EXTRA_MS = 6_000;

await runProcess({
  name: 'gateway',
  readSettings: () => readSettings(process.env, [...GATEWAY_SETTINGS, 'LURUS_LOG_LEVEL']),
  secrets: (settings) => [settings.LURUS_NATS_SEED, settings.LURUS_KEY_PEPPER, settings.LURUS_MASTER_KEY],
  stopLimitMs: (settings) => settings.LURUS_SHUTDOWN_TIMEOUT_MS + STOP_EXTRA_MS,
  start: async ({ settings, logger, onStop }) => {
    const running = await startGateway({ settings, log: logger, clock: systemClock, nowMs: () => performance.now() });
    onStop('gateway', running.stop);
    logger.info({ port: running.port, host: settings.LURUS_HOST }, 'listening');
  },
});
