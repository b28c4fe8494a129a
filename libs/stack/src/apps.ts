/** The processes of the product: which there are and which settings each gets. A process gets the secrets that it needs and no other. */
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import type { SettingName } from '@lurus/base/settings';
import type { BackendUrls } from './backends.ts';
import type { Ports } from './ports.ts';
import { answersHttp } from './probe.ts';
import type { ProcessSpec } from './process.ts';
import type { Secrets } from './secrets.ts';

/** The product's own processes; each is `apps/<name>/src/main.ts`. */
export const appNames = ['projector', 'gateway', 'provider', 'billing', 'log', 'simulator'] as const;
export type AppName = (typeof appNames)[number];

/** What all processes of one system have in common. */
export interface AppsInput {
  /** The repository. */
  readonly root: string;
  readonly home: string;
  readonly logs: string;
  /** Address that the processes listen on. */
  readonly host: string;
  readonly ports: Ports;
  readonly urls: BackendUrls;
  readonly secrets: Secrets;
  /** File that the processes wait for before they connect to anything; none where everything runs already. */
  readonly startGate?: string;
  /** The supervisor's own environment: its LURUS_ settings reach the processes, ours win. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

type Settings = Readonly<Record<string, string>>;

/** What each process gets beyond its port: the secrets that its work takes. With the URL of NATS comes the seed of its own user. */
const needs: Readonly<Record<AppName, readonly (keyof SharedSettings)[]>> = {
  gateway: ['LURUS_NATS_URL', 'LURUS_KEY_PEPPER', 'LURUS_MASTER_KEY'],
  provider: ['LURUS_NATS_URL', 'LURUS_POSTGRES_URL', 'LURUS_MASTER_KEY', 'LURUS_ADMIN_TOKEN'],
  billing: ['LURUS_NATS_URL', 'LURUS_POSTGRES_URL', 'LURUS_KEY_PEPPER', 'LURUS_ADMIN_TOKEN'],
  log: ['LURUS_POSTGRES_URL', 'LURUS_CLICKHOUSE_URL', 'LURUS_ADMIN_TOKEN'],
  projector: ['LURUS_NATS_URL', 'LURUS_POSTGRES_URL', 'LURUS_CLICKHOUSE_URL', 'LURUS_ADMIN_TOKEN'],
  simulator: [],
};

const portSettings = {
  gateway: 'LURUS_GATEWAY_PORT',
  provider: 'LURUS_PROVIDER_PORT',
  billing: 'LURUS_BILLING_PORT',
  log: 'LURUS_LOG_PORT',
  projector: 'LURUS_PROJECTOR_PORT',
  simulator: 'LURUS_SIMULATOR_PORT',
} as const satisfies Record<AppName, SettingName>;

const sharedSettings = ({ urls, secrets }: AppsInput) => ({
  LURUS_NATS_URL: urls.nats,
  LURUS_POSTGRES_URL: urls.postgres,
  LURUS_CLICKHOUSE_URL: urls.clickhouse,
  LURUS_ADMIN_TOKEN: secrets.admin_token,
  LURUS_KEY_PEPPER: secrets.key_pepper,
  LURUS_MASTER_KEY: secrets.master_key,
});
type SharedSettings = ReturnType<typeof sharedSettings>;

/** Settings that would move a process elsewhere if the supervisor's own reached it. */
const SUPERVISOR_ONLY = new Set<string>(['LURUS_PORT_SHIFT', 'LURUS_STACK', 'LURUS_NATS_SERVER', 'LURUS_NATS_SEED']);

/** The user's own tunables: every LURUS_ setting that holds no address and no secret of ours, and what any program needs. */
function inherited(env: AppsInput['env'], shared: SharedSettings): Settings {
  const entries = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  return Object.fromEntries(entries.filter(([name]) => !(name in shared) && !SUPERVISOR_ONLY.has(name)));
}

function environmentOf(name: AppName, input: AppsInput): Settings {
  const shared = sharedSettings(input);
  const seed = needs[name].includes('LURUS_NATS_URL') ? input.secrets.nats_seeds[name] : undefined;
  return {
    ...inherited(input.env, shared),
    ...Object.fromEntries(needs[name].map((need) => [need, shared[need]])),
    ...(seed === undefined ? {} : { LURUS_NATS_SEED: seed }),
    ...Object.fromEntries(appNames.map((other) => [portSettings[other], String(input.ports[other])])),
    LURUS_HOME: input.home,
    ...(input.startGate === undefined ? {} : { LURUS_START_GATE: input.startGate }),
    LURUS_HOST: input.host,
  };
}

const TETHER = fileURLToPath(new URL('./tether.ts', import.meta.url));

/** How one process of the product is started. */
export function appSpec(name: AppName, input: AppsInput): ProcessSpec {
  return {
    name,
    command: [process.execPath, '--import', TETHER, join(input.root, 'apps', name, 'src', 'main.ts')],
    env: environmentOf(name, input),
    logPath: join(input.logs, `${name}.log`),
    cwd: input.root,
    stopSignal: 'SIGTERM',
    watchesStdin: true,
    isReady: () => answersHttp(`http://127.0.0.1:${input.ports[name]}/readyz`),
  };
}
