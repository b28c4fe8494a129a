/** The product under fire: a whole system of real processes in a folder of its own, with a second gateway, and the means to hurt it. */
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '@lurus/base/setting';
import type { SettingName } from '@lurus/base/settings';
import { appSpec } from '@lurus/stack/apps';
import { embeddedUrls } from '@lurus/stack/embedded';
import { freePorts } from '@lurus/stack/free-ports';
import { homeAt } from '@lurus/stack/home';
import { natsUserNames } from '@lurus/stack/nats-config';
import { anyFreePorts } from '@lurus/stack/ports';
import { supervise, type SupervisedProcess } from '@lurus/stack/process';
import type { ReadyFile } from '@lurus/stack/ready-file';
import { loadSecrets, type Secrets } from '@lurus/stack/secrets';
import { startSystem } from '@lurus/stack/system';
import type { Blow, Victim } from './plan.ts';

/** A running system and its tormentor's hands. */
export interface Arena {
  readonly ready: ReadyFile;
  readonly secrets: Secrets;
  /** Logs, data and the clients' journals lie here. */
  readonly folder: string;
  readonly gateways: readonly string[];
  /** Does what was planned; a pause resolves when it is over. */
  readonly strike: (blow: Blow) => Promise<void>;
  /** Resolves when every process answers again. */
  readonly allUp: () => Promise<void>;
  readonly stop: () => Promise<void>;
  readonly remove: () => void;
}

/**
 * Short, so that a run of a minute sees every one of these limits reached. A hold lives longer than any request of the clients takes with
 * every wait that is allowed to it, and short enough to see it expire before the run ends.
 */
const SETTINGS: Partial<Record<SettingName, string>> = {
  LURUS_HOLD_LIFE_MS: '20000',
  LURUS_FIRST_BYTE_TIMEOUT_MS: '10000',
  LURUS_SILENCE_TIMEOUT_MS: '8000',
  LURUS_DRAIN_TIMEOUT_MS: '5000',
  LURUS_EXPECTED_OUTPUT_TOKENS: '256',
};

/** Starts everything. `onCrash` hears of each end of a process, wanted or not. */
export async function openArena(input: { readonly root: string; readonly onCrash: (message: string) => void }): Promise<Arena> {
  const folder = mkdtempSync(join(tmpdir(), 'lurus-faults-'));
  chmodSync(folder, 0o755); // As root, Postgres runs as another user who has to get in.
  const home = homeAt(join(folder, '.lurus'));
  const ports = await anyFreePorts();
  const env = { ...process.env, ...SETTINGS };
  const system = await startSystem({
    root: input.root,
    home: home.folder,
    host: '127.0.0.1',
    ports,
    portShift: 0,
    choice: { LURUS_STACK: 'embedded', ...readSettings(process.env, ['LURUS_NATS_SERVER']) },
    env,
    isDurable: true,
    onProgress: () => undefined,
    onCrash: input.onCrash,
  });
  const secrets = loadSecrets(home.secrets, natsUserNames);
  const [port = 0] = await freePorts(1);
  const second = supervise(
    appSpec('gateway', {
      root: input.root,
      home: home.folder,
      logs: join(home.logs, 'second'),
      host: '127.0.0.1',
      ports: { ...ports, gateway: port },
      urls: embeddedUrls({ ports, secrets }),
      secrets,
      env: { ...env, LURUS_INSTANCE: '2' },
    }),
    input.onCrash,
  );
  await second.ready();
  const processOf = (victim: Victim): SupervisedProcess => (victim === 'gateway-2' ? second : system.process(victim));
  return {
    ready: system.ready,
    secrets,
    folder,
    gateways: [system.ready.gateway, `http://127.0.0.1:${port}`],
    strike: (blow) => strike(processOf(blow.victim), blow),
    allUp: async () => {
      await Promise.all([...system.processes, second].map((process) => process.ready()));
    },
    stop: async () => {
      await second.stop();
      await system.stop();
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function strike(victim: SupervisedProcess, blow: Blow): Promise<void> {
  if (blow.kind === 'kill') return victim.kill('SIGKILL');
  const pid = victim.pid();
  if (pid === undefined) return; // Dead already, and on its way back.
  const stopped = [pid, ...childrenOf(pid)];
  for (const one of stopped) signal(one, 'SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, blow.forMs));
  for (const one of stopped) signal(one, 'SIGCONT');
}

/** One that ended meanwhile has nothing to be told. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Postgres works in processes of its own for each session; a pause of the first alone would hurt nobody. */
function childrenOf(pid: number): number[] {
  const parentOf = (child: string): number => {
    try {
      // Name in brackets, state, parent: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
      return Number(/\) \S (\d+)/.exec(readFileSync(join('/proc', child, 'stat'), 'utf8'))?.[1]);
    } catch {
      return 0; // It has ended since the folder was listed.
    }
  };
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === pid)
    .map(Number);
}
