/** A running gateway: its journal, its server, and the order in which they stop. */
import type { Clock } from '@lurus/base/clock';
import type { SettingsOf } from '@lurus/base/setting';
import { openJournal } from '@lurus/journal/connect';
import { createMetrics } from '@lurus/service/metrics';
import { ASSEMBLE_SETTINGS, assembleGateway } from './assemble.ts';
import type { Gateway, GatewayLog } from './gateway.ts';
import { createHandler } from './handler.ts';
import { createGatewayServer, listen, SERVER_SETTINGS } from './server.ts';
import { stopGateway } from './stop.ts';

/** Every setting of the process but those of `runProcess`. */
export const GATEWAY_SETTINGS = [
  ...ASSEMBLE_SETTINGS,
  ...SERVER_SETTINGS,
  'LURUS_HOST',
  'LURUS_PORT_SHIFT',
  'LURUS_GATEWAY_PORT',
  'LURUS_NATS_URL',
  'LURUS_NATS_SEED',
  'LURUS_SHUTDOWN_TIMEOUT_MS',
] as const;

export type GatewaySettings = SettingsOf<(typeof GATEWAY_SETTINGS)[number]>;

export interface StartInput {
  readonly settings: GatewaySettings;
  readonly log: GatewayLog;
  readonly clock: Clock;
  /** A monotonic clock in milliseconds. */
  readonly nowMs: () => number;
}

export interface RunningGateway {
  readonly port: number;
  readonly gateway: Gateway;
  /** Finishes running answers within LURUS_SHUTDOWN_TIMEOUT_MS. */
  readonly stop: () => Promise<void>;
}

/** Connects, fills the mirrors and listens. Throws what the journal throws, and the system's error where the port is taken. */
export async function startGateway({ settings, log, clock, nowMs }: StartInput): Promise<RunningGateway> {
  const connection = await openJournal({
    url: settings.LURUS_NATS_URL,
    seed: settings.LURUS_NATS_SEED,
    processName: 'gateway',
    instance: settings.LURUS_INSTANCE,
    clock,
    log,
    needsDurableServer: true,
  });
  try {
    const metrics = createMetrics({ process: 'gateway', instance: settings.LURUS_INSTANCE });
    const { gateway, notReady } = await assembleGateway({ settings, connection, metrics, clock, nowMs, log });
    let isStopping = false;
    const renderMetrics = async () => ({ contentType: metrics.contentType, text: await metrics.render() });
    const handler = createHandler(gateway, { notReady, renderMetrics, isStopping: () => isStopping });
    const [openAi] = gateway.dialects.filter((dialect) => dialect.name === 'openai-responses');
    if (!openAi) throw new Error('assertion failed: the gateway has the dialect openai-responses');
    const server = createGatewayServer({ settings, handler, renderError: openAi.renderError, newRequestId: gateway.ids.ulid });
    const wanted = settings.LURUS_GATEWAY_PORT === 0 ? 0 : settings.LURUS_GATEWAY_PORT + settings.LURUS_PORT_SHIFT;
    const port = await listen(server, { port: wanted, host: settings.LURUS_HOST });
    const stop = async (): Promise<void> => {
      isStopping = true;
      await stopGateway({ server, gateway, limitMs: settings.LURUS_SHUTDOWN_TIMEOUT_MS });
      await connection.close();
    };
    return { port, gateway, stop };
  } catch (error) {
    await connection.close();
    throw error;
  }
}
