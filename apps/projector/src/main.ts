/** A projector as a process: runs the projections that it was given and tells how far they are. */
import { systemClock } from '@lurus/base/clock';
import { readSettings } from '@lurus/base/setting';
import { openJournal } from '@lurus/journal/connect';
import type { LaneObserver, LaneStatus } from '@lurus/projection/lane';
import { startRunner } from '@lurus/projection/runner';
import { createHttpService } from '@lurus/service/http-service';
import type { Logger } from '@lurus/service/logger';
import { createMetrics } from '@lurus/service/metrics';
import { requireReady } from '@lurus/service/readiness';
import { runProcess } from '@lurus/service/run-process';
import { chooseProjections } from './choose-projections.ts';
import { addProjectionRoutes, type NamedRunner } from './projection-routes.ts';
import { createProjectorMetrics, showLanes } from './projector-metrics.ts';

const name = 'projector';

/** Logs each change of state once; a lane that waits tells so at every try. */
function logStates(logger: Logger): (status: LaneStatus) => void {
  const last = new Map<string, string>();
  return ({ projection, stream, state, error }) => {
    const lane = `${projection} ${stream}`;
    if (last.get(lane) === state) return;
    last.set(lane, state);
    const fields = { projection, stream, state, ...(error === undefined ? {} : { reason: error }) };
    if (state === 'stopped') logger.error(fields, 'a projection stopped for good');
    else if (state === 'waiting') logger.warn(fields, 'a projection waits');
    else logger.info(fields, 'a projection goes on');
  };
}

/** Throws with the reason of the first lane that does not follow its stream. */
function requireFollowing(runners: readonly NamedRunner[]): void {
  for (const lane of runners.flatMap(({ runner }) => runner.status())) {
    requireReady(lane.state === 'following', `${lane.projection} is ${lane.state}${lane.error === undefined ? '' : `: ${lane.error}`}`);
  }
}

await runProcess({
  name,
  readSettings: () => {
    const settings = readSettings(process.env, [
      'LURUS_LOG_LEVEL',
      'LURUS_INSTANCE',
      'LURUS_START_GATE',
      'LURUS_HOST',
      'LURUS_PROJECTOR_PORT',
      'LURUS_PROJECTIONS',
      'LURUS_PARTITIONS',
      'LURUS_NATS_URL',
      'LURUS_NATS_SEED',
      'LURUS_POSTGRES_URL',
      'LURUS_CLICKHOUSE_URL',
      'LURUS_ADMIN_TOKEN',
    ]);
    return { ...settings, projections: chooseProjections(settings.LURUS_PROJECTIONS) };
  },
  secrets: (settings) => [settings.LURUS_ADMIN_TOKEN, settings.LURUS_NATS_SEED],
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
    const metrics = createMetrics({ process: name, instance });
    const observer: LaneObserver = { ...createProjectorMetrics(metrics), onState: logStates(logger) };
    const runners = settings.projections.map((projection): NamedRunner => ({
      name: projection.name,
      version: projection.version,
      says: projection.says,
      runner: startRunner({
        projection,
        partitions: settings.LURUS_PARTITIONS,
        connection,
        postgresUrl: settings.LURUS_POSTGRES_URL,
        clickhouseUrl: settings.LURUS_CLICKHOUSE_URL,
        clock: systemClock,
        source: `${name}-${instance}`,
        observer,
      }),
    }));
    onStop('projections', async () => {
      await Promise.all(runners.map(({ runner }) => runner.stop()));
    });
    showLanes(
      metrics,
      runners.map(({ runner }) => runner),
    );
    const http = await createHttpService({
      name,
      says: 'Folds streams into views, and tells how far each view is.',
      logger,
      metrics,
      adminToken: settings.LURUS_ADMIN_TOKEN,
      checks: {
        journal: () => requireReady(connection.isConnected(), 'not connected to NATS'),
        projections: () => requireFollowing(runners),
      },
      routes: (app) => addProjectionRoutes(app, { runners, clock: systemClock }),
    });
    onStop('http', http.close);
    const url = await http.listen({ host: settings.LURUS_HOST, port: settings.LURUS_PROJECTOR_PORT });
    logger.info({ url, projections: runners.map((runner) => runner.name), partitions: settings.LURUS_PARTITIONS }, 'listening');
  },
});
