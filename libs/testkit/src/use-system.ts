import { mkdtempSync, chmodSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSettings } from '@lurus/base/setting';
import type { SettingName } from '@lurus/base/settings';
import { logTail } from '@lurus/stack/process';
import { homeAt } from '@lurus/stack/home';
import { anyFreePorts } from '@lurus/stack/ports';
import type { ReadyFile } from '@lurus/stack/ready-file';
import { type RunningSystem, startSystem } from '@lurus/stack/system';
import { afterAll, beforeAll } from 'vitest';

/** The whole product of this test file alone: back ends and every process, as `npm start` runs them, on free ports and in a fresh home. */
export interface TestSystem {
  /** Addresses, admin token and demo key. Valid from the first `beforeAll` after the call, like everything here. */
  readonly ready: () => ReadyFile;
  /** LURUS_HOME, absolute. */
  readonly home: () => string;
  /** Of a process that runs: `gateway`, `projector`, `nats`, … */
  readonly pid: (name: string) => number;
  /** Ends a process and resolves when it has ended; the supervisor brings it back. SIGKILL unless said otherwise. */
  readonly kill: (name: string, signal?: NodeJS.Signals) => Promise<void>;
  /** Resolves when a process answers (again). */
  readonly isUp: (name: string) => Promise<void>;
  /** Stops a process in order and starts it anew; resolves when it answers. */
  readonly restart: (name: string) => Promise<void>;
  /** Stops a process in order; it stays away until `restart`. */
  readonly halt: (name: string) => Promise<void>;
  /** The last lines that a process logged. */
  readonly logOf: (name: string) => string;
  /** Stops everything before the file's last test is over; afterwards it happens by itself. */
  readonly stop: () => Promise<void>;
}

/** What a test file wants to be different from `npm start`. */
export interface SystemOverrides {
  /** Settings of the product's processes, for instance a short LURUS_SILENCE_TIMEOUT_MS. */
  readonly settings?: Partial<Record<SettingName, string>>;
}

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** A cold start on two busy cores; an idle machine takes 3 to 5 s. */
const START_TIMEOUT_MS = 120_000;

/** What the test runner set for itself is not for the product. */
const ownEnvironment = (): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST') && name !== 'NODE_ENV' && name !== 'TEST'));

async function startIn(home: string, settings: SystemOverrides['settings']): Promise<RunningSystem> {
  const choice = readSettings(process.env, ['LURUS_NATS_SERVER']);
  return startSystem({
    root,
    home,
    host: '127.0.0.1',
    ports: await anyFreePorts(),
    portShift: 0,
    choice: { LURUS_STACK: 'embedded', ...choice },
    env: { ...ownEnvironment(), ...settings },
    isDurable: false,
    onProgress: () => undefined,
    onCrash: () => undefined,
  });
}

/** Starts the product for this test file and stops it after the file's last test. */
export function useSystem(overrides: SystemOverrides = {}): TestSystem {
  const folder = mkdtempSync(join(tmpdir(), 'lurus-system-'));
  chmodSync(folder, 0o755); // As root, Postgres runs as another user who has to get in.
  const home = join(folder, '.lurus');
  let running: RunningSystem | undefined;
  const system = (): RunningSystem => {
    if (!running) throw new Error('useSystem() has not started: use it inside beforeAll or a test');
    return running;
  };
  const stop = async (): Promise<void> => {
    await running?.stop();
    rmSync(dirname(home), { recursive: true, force: true });
  };
  beforeAll(async () => {
    running = await startIn(home, overrides.settings);
  }, START_TIMEOUT_MS);
  afterAll(stop, START_TIMEOUT_MS);
  return {
    ready: () => system().ready,
    home: () => home,
    pid: (name) => {
      const pid = system().process(name).pid();
      if (pid === undefined) throw new Error(`${name} does not run now`);
      return pid;
    },
    kill: (name, signal = 'SIGKILL') => system().process(name).kill(signal),
    isUp: (name) => system().process(name).ready(),
    restart: (name) => system().process(name).restart(),
    halt: (name) => system().process(name).stop(),
    logOf: (name) => logTail(join(homeAt(home).logs, `${name}.log`)),
    stop,
  };
}
