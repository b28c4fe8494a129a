/**
 * The whole system as real processes: back ends, streams and buckets, the product's own processes, demo data. `npm start` and the end-to-end
 * tests start it by the same function.
 */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { natsAccounts } from '@lurus/journal/server-config';
import { deployerProcess, operatorProcess } from '@lurus/streams/processes';
import { type AppName, appNames, appSpec, type AppsInput } from './apps.ts';
import type { BackendUrls, RunningBackends } from './backends.ts';
import { type BackendChoice, startBackends } from './backend-choice.ts';
import { seedDemo } from './demo.ts';
import { embeddedUrls } from './embedded.ts';
import { type Home, homeAt } from './home.ts';
import { lockHome } from './home-lock.ts';
import { natsUserNames, natsUsers } from './nats-config.ts';
import { writeNatsContext } from './nats-cli.ts';
import { claimPorts, type Ports } from './ports.ts';
import { writePrivateFile } from './private-file.ts';
import { supervise, type SupervisedProcess } from './process.ts';
import { prepareStreams } from './prepare-streams.ts';
import { type ReadyFile, readyFile, removeReadyFile, writeReadyFile } from './ready-file.ts';
import { loadSecrets, saveSecrets, type Secrets } from './secrets.ts';
import { serviceCaller } from './service-call.ts';

/** Everything that one system is started with. */
export interface SystemOptions {
  /** The repository. */
  readonly root: string;
  /** LURUS_HOME, absolute. */
  readonly home: string;
  /** Address that the product's processes listen on. */
  readonly host: string;
  readonly ports: Ports;
  /** What LURUS_PORT_SHIFT is now, for the advice when a port is taken. */
  readonly portShift: number;
  readonly choice: BackendChoice;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** False for tests alone. */
  readonly isDurable: boolean;
  readonly onProgress: (message: string) => void;
  readonly onCrash: (message: string) => void;
}

/** A system that is ready, until `stop`. */
export interface RunningSystem {
  readonly ready: ReadyFile;
  /** Every process by name: `gateway`, and the back ends that are ours, `nats`. Throws an Error for a name that none has. */
  readonly process: (name: string) => SupervisedProcess;
  readonly processes: readonly SupervisedProcess[];
  /** Stops everything in order: the relay first, while what it needs to settle its last requests still runs; the back ends last. */
  readonly stop: (options?: { readonly forceAfterMs?: number }) => Promise<void>;
}

/** What is undone when the system stops or its start fails, last done first. */
class Undoing {
  readonly #steps: ((options?: { readonly forceAfterMs?: number }) => unknown)[] = [];

  add(step: (options?: { readonly forceAfterMs?: number }) => unknown): void {
    this.#steps.push(step);
  }

  async run(options?: { readonly forceAfterMs?: number }): Promise<void> {
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) await step(options);
  }
}

/** Secrets of this home. Throws an Error where its data is there and its secrets are gone: new ones would not open it. */
function secretsOf(home: Home): Secrets {
  if (!existsSync(home.secrets) && existsSync(home.data)) {
    throw new Error(
      `${home.secrets} is missing, and ${home.data} cannot be opened without it: restore it from a backup, or remove ${home.folder} to begin anew`,
    );
  }
  return loadSecrets(home.secrets, natsUserNames);
}

/** Throws an Error where a process of the declarations has no seed, which `loadSecrets` rules out. */
function seedOf(secrets: Secrets, processName: string): string {
  const seed = secrets.nats_seeds[processName];
  if (seed === undefined) throw new Error(`there is no nkey seed for the process ${processName}`);
  return seed;
}

/** The relay stops first, so that it finishes and settles while everything that it needs is there. */
async function stopApps(apps: ReadonlyMap<AppName, SupervisedProcess>, options?: { readonly forceAfterMs?: number }): Promise<void> {
  await apps.get('gateway')?.stop(options);
  await Promise.all([...apps.values()].map((app) => app.stop(options)));
}

/** Starts the processes; they connect to nothing before the gate is open. */
function startApps(
  input: AppsInput,
  options: { readonly undoing: Undoing; readonly onCrash: (message: string) => void },
): readonly SupervisedProcess[] {
  const apps = new Map(appNames.map((name) => [name, supervise(appSpec(name, input), options.onCrash)] as const));
  options.undoing.add((stopping) => stopApps(apps, stopping));
  return [...apps.values()];
}

/** Where a process on this machine reaches an address that was listened on: "every address" is none to connect to. */
const reachableHost = (host: string): string => (host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host);

async function seed(input: AppsInput, home: Home): Promise<Secrets> {
  const { ports, secrets } = input;
  const at = (port: number): string => `http://${reachableHost(input.host)}:${port}`;
  const caller = (port: number) => serviceCaller({ url: at(port), adminToken: secrets.admin_token });
  const services = { billing: caller(ports.billing), provider: caller(ports.provider), simulatorUrl: at(ports.simulator) };
  const demoKey = await seedDemo(services, secrets.demo_key);
  if (demoKey === secrets.demo_key) return secrets;
  const kept = { ...secrets, demo_key: demoKey };
  saveSecrets(home.secrets, kept);
  return kept;
}

/** A server that others run has to know our users before we can reach it, so the block for its configuration is written first. */
function writeAccountsFor(home: Home, input: { readonly choice: BackendChoice; readonly secrets: Secrets }): void {
  if (input.choice.LURUS_STACK === 'external') writePrivateFile(home.natsAccounts, natsAccounts(natsUsers(input.secrets.nats_seeds)));
}

async function startAll(options: SystemOptions, undoing: Undoing): Promise<RunningSystem> {
  const { host, ports, onProgress, onCrash } = options;
  const home = homeAt(options.home);
  mkdirSync(home.folder, { recursive: true });
  undoing.add(lockHome(home.lock));
  removeReadyFile(home.ready);
  const secrets = secretsOf(home);
  await claimPorts(ports, { shift: options.portShift });
  writeAccountsFor(home, { choice: options.choice, secrets });
  const appsInput = (urls: BackendUrls): AppsInput => ({
    ...options,
    home: home.folder,
    logs: home.logs,
    startGate: home.startGate,
    urls,
    secrets,
  });
  rmSync(home.startGate, { force: true });
  let backends: RunningBackends | undefined;
  undoing.add(() => backends?.stop());
  // Where the URLs are known beforehand the processes load their modules while the back ends start: each takes about a second of two cores.
  const early =
    options.choice.LURUS_STACK === 'embedded' ? startApps(appsInput(embeddedUrls({ ports, secrets })), { undoing, onCrash }) : undefined;
  backends = await startBackends({ ...options, home, secrets });
  writeNatsContext({ folder: home.natsCli, natsUrl: backends.urls.nats, operatorSeed: seedOf(secrets, operatorProcess.name) });
  await prepareStreams({ natsUrl: backends.urls.nats, deployerSeed: seedOf(secrets, deployerProcess.name) });
  onProgress('streams and buckets are declared');
  const input = appsInput(backends.urls);
  const apps = early ?? startApps(input, { undoing, onCrash });
  writePrivateFile(home.startGate, '');
  undoing.add(() => rmSync(home.startGate, { force: true }));
  await Promise.all(apps.map((app) => app.ready()));
  onProgress(`${appNames.length} processes are ready`);
  const kept = await seed(input, home);
  const ready = readyFile({ host: reachableHost(host), ports, urls: backends.urls, secrets: kept });
  writeReadyFile(home.ready, ready);
  undoing.add(() => removeReadyFile(home.ready));
  const processes = [...backends.processes, ...apps];
  return { ready, processes, process: (name) => processNamed(processes, name), stop: (stopping) => undoing.run(stopping) };
}

function processNamed(processes: readonly SupervisedProcess[], name: string): SupervisedProcess {
  const found = processes.find((process) => process.name === name);
  if (!found)
    throw new Error(`no process of this system is called ${name}: there are ${processes.map((process) => process.name).join(', ')}`);
  return found;
}

/**
 * Starts the system and resolves when every process answers and the demo data is there. Throws AlreadyRunning, an Error about taken ports, or
 * the first fault of a process with the end of its log; what had been started is stopped by then.
 */
export async function startSystem(options: SystemOptions): Promise<RunningSystem> {
  const undoing = new Undoing();
  try {
    return await startAll(options, undoing);
  } catch (error) {
    await undoing.run();
    throw error;
  }
}
