/** Which port each part of the system listens on, and what is said when one of them is taken. */
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts, isPortFree } from './free-ports.ts';

/** Default ports: the usual numbers plus 10000, so that the system never collides with what a machine already runs. */
export const defaultPorts = {
  gateway: 18100,
  provider: 18101,
  log: 18102,
  billing: 18103,
  projector: 18105,
  simulator: 18200,
  nats: 14222,
  natsWebSocket: 18222,
  natsMonitoring: 18223,
  postgres: 15432,
  clickhouse: 18123,
  clickhouseNative: 19000,
} as const;

/** A part of the system that listens on a port. */
export type PortName = keyof typeof defaultPorts;
export type Ports = Readonly<Record<PortName, number>>;
/** The ports of the back ends alone. */
export type BackendPorts = Pick<Ports, 'nats' | 'natsWebSocket' | 'natsMonitoring' | 'postgres' | 'clickhouse' | 'clickhouseNative'>;

const purposes: Readonly<Record<PortName, string>> = {
  gateway: 'the relay',
  provider: 'the provider service',
  log: 'the log service',
  billing: 'the billing service',
  projector: "the projector's health and metrics",
  simulator: 'the simulated provider',
  nats: 'NATS',
  natsWebSocket: 'NATS over WebSocket',
  natsMonitoring: 'NATS monitoring',
  postgres: 'Postgres',
  clickhouse: 'ClickHouse over HTTP',
  clickhouseNative: "ClickHouse's native protocol",
};

/** Object.entries forgets which keys there are. */
const portEntries = (ports: Ports): [PortName, number][] => Object.entries(ports) as [PortName, number][]; // The keys of Ports.

const withNumbers = (numberOf: (name: PortName, base: number) => number): Ports =>
  Object.fromEntries(portEntries(defaultPorts).map(([name, base]) => [name, numberOf(name, base)])) as Record<PortName, number>; // Every name.

/** Every default port plus `shift`. */
export const shiftedPorts = (shift: number): Ports => withNumbers((_, base) => base + shift);

/** Ports that are free now, for systems beside others. */
export async function anyFreePorts(): Promise<Ports> {
  const free = await freePorts(Object.keys(defaultPorts).length);
  return withNumbers(() => free.pop() ?? 0);
}

/** What the processes of a predecessor that was killed need to stop: 3 s, and more on a busy machine. */
const CLAIM_PATIENCE_MS = 8_000;
const CLAIM_POLL_MS = 50;

async function takenPorts(ports: Ports): Promise<[PortName, number][]> {
  const states = await Promise.all(portEntries(ports).map(async (entry) => ({ entry, isFree: await isPortFree(entry[1]) })));
  return states.filter((state) => !state.isFree).map((state) => state.entry);
}

const takenMessage = (taken: readonly (readonly [PortName, number])[], shift: number): string =>
  [
    ...taken.map(
      ([name, port]) => `port ${port}, which ${purposes[name]} needs, is in use by another program (to see which: ${holderCommand(port)})`,
    ),
    `Stop ${taken.length > 1 ? 'those programs' : 'that program'}, which may be another Lurus Switch, or move every port of this one: ` +
      `LURUS_PORT_SHIFT=${shift + 100} npm start`,
  ].join('\n');

const holderCommand = (port: number): string =>
  process.platform === 'linux' ? `ss -ltnp 'sport = :${port}'` : `lsof -nP -iTCP:${port} -sTCP:LISTEN`;

/**
 * Makes sure that every port is free before anything is started: otherwise a stranger's server would answer our questions whether ours is
 * ready, and our processes would work with the stranger. Throws an Error that names each taken port, what it is for and what to do.
 */
export async function claimPorts(ports: Ports, input: { readonly shift: number; readonly patienceMs?: number }): Promise<void> {
  const giveUpAt = performance.now() + (input.patienceMs ?? CLAIM_PATIENCE_MS);
  let taken = await takenPorts(ports);
  while (taken.length > 0) {
    if (performance.now() > giveUpAt) throw new Error(takenMessage(taken, input.shift));
    await sleep(CLAIM_POLL_MS);
    taken = await takenPorts(ports);
  }
}
