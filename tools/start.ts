/** `npm start`: the whole system on this machine, until Ctrl-C. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSettings, SettingsError } from '@lurus/base/setting';
import { AlreadyRunning } from '@lurus/stack/home-lock';
import { homeAt } from '@lurus/stack/home';
import { shiftedPorts } from '@lurus/stack/ports';
import type { ReadyFile } from '@lurus/stack/ready-file';
import { type RunningSystem, startSystem, type SystemOptions } from '@lurus/stack/system';
import { banner } from './banner.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** After a second Ctrl-C nothing is waited for. */
const FORCED_STOP_MS = 200;

const startedAt = performance.now();
const seconds = (): string => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`.padStart(7);
const say = (message: string): void => console.log(`${seconds()}  ${message}`);

/** The ports of the product's own processes can be set one by one; the shift moves them and those of the back ends together. */
function readPorts(): Pick<SystemOptions, 'ports' | 'portShift'> {
  const own = readSettings(process.env, [
    'LURUS_PORT_SHIFT',
    'LURUS_GATEWAY_PORT',
    'LURUS_PROVIDER_PORT',
    'LURUS_LOG_PORT',
    'LURUS_BILLING_PORT',
    'LURUS_PROJECTOR_PORT',
    'LURUS_SIMULATOR_PORT',
  ]);
  const portShift = own.LURUS_PORT_SHIFT;
  const ports = {
    ...shiftedPorts(portShift),
    gateway: own.LURUS_GATEWAY_PORT + portShift,
    provider: own.LURUS_PROVIDER_PORT + portShift,
    log: own.LURUS_LOG_PORT + portShift,
    billing: own.LURUS_BILLING_PORT + portShift,
    projector: own.LURUS_PROJECTOR_PORT + portShift,
    simulator: own.LURUS_SIMULATOR_PORT + portShift,
  };
  return { ports, portShift };
}

const readUrls = () => readSettings(process.env, ['LURUS_NATS_URL', 'LURUS_POSTGRES_URL', 'LURUS_CLICKHOUSE_URL']);

function readOptions(): SystemOptions {
  const { LURUS_HOME, LURUS_HOST, ...choice } = readSettings(process.env, ['LURUS_HOME', 'LURUS_HOST', 'LURUS_STACK', 'LURUS_NATS_SERVER']);
  return {
    ...readPorts(),
    root,
    home: resolve(root, LURUS_HOME),
    host: LURUS_HOST,
    choice: choice.LURUS_STACK === 'external' ? { ...choice, ...readUrls() } : choice,
    env: process.env,
    isDurable: true,
    onProgress: say,
    onCrash: say,
  };
}

/**
 * Ctrl-C, a terminal that closes, and a polite kill all mean the same; the second one means "now". `disconnect` is the end of what started us
 * (boot.mjs), killed without a chance to tell.
 */
function stopOnSignals(stop: (isForced: boolean) => void): void {
  let isAsked = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'] as const) {
    process.on(signal, () => {
      stop(isAsked);
      isAsked = true;
    });
  }
}

function tellAlreadyRunning(error: AlreadyRunning, home: string): void {
  console.error(`${error.message}. Stop it with Ctrl-C in its terminal, or: kill ${error.pid}`);
  try {
    const ready = JSON.parse(readFileSync(homeAt(home).ready, 'utf8')) as ReadyFile; // We wrote it.
    console.error(`Its relay answers at ${ready.gateway}; all its addresses stand in ${homeAt(home).ready}`);
  } catch {
    console.error('It is still starting.');
  }
}

async function main(): Promise<void> {
  const options = readOptions();
  let system: RunningSystem | undefined;
  stopOnSignals((isForced) => {
    // Before the system is up there is nothing to settle: every child ends by itself when this process does.
    if (!system) process.exit(130);
    if (!isForced) say('stopping (Ctrl-C again to stop at once)');
    const stopped = system.stop(isForced ? { forceAfterMs: FORCED_STOP_MS } : {});
    void stopped.then(() => {
      say('stopped');
      process.exit(0);
    });
  });
  try {
    system = await startSystem(options);
  } catch (error) {
    if (error instanceof AlreadyRunning) tellAlreadyRunning(error, options.home);
    else console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
  console.log(banner({ ready: system.ready, home: options.home, startedMs: performance.now() - startedAt }));
}

try {
  await main();
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  console.error(error.message);
  process.exit(2);
}
