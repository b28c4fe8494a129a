/** The back ends as containers, where a Docker engine runs: the same users, rights and durability as the embedded ones. */
import { createHash } from 'node:crypto';
import { GenericContainer, type StartedTestContainer, Wait } from 'testcontainers';
import { type BackendName, type BackendUrls, clickHouseUrl, postgresUrl, type RunningBackends } from './backends.ts';
import { containerUsers } from './clickhouse-config.ts';
import { createClickHouseDatabase } from './clickhouse-query.ts';
import { natsConfig, natsUsers } from './nats-config.ts';
import type { BackendPorts } from './ports.ts';
import { postgresRoles } from './postgres-roles.ts';
import type { Secrets } from './secrets.ts';

const IMAGES = { nats: 'nats:2.15-alpine', postgres: 'postgres:18-alpine', clickhouse: 'clickhouse/clickhouse-server:26.7' } as const;

/** Pulling three images on a slow line. */
const START_TIMEOUT_MS = 300_000;

/** What the containers of one system are made of. */
export interface ContainerOptions {
  /** The home of the system: names the volumes, so that two systems do not share one. */
  readonly folder: string;
  readonly secrets: Secrets;
  /** All three unless named. */
  readonly only?: readonly BackendName[];
  readonly clickHouseDatabases: readonly string[];
  /** Ports of this machine that lead into the containers; undefined takes free ones. */
  readonly ports: BackendPorts | undefined;
  /** Whether the data stays, in named volumes, when the containers are gone. */
  readonly isKept: boolean;
  readonly onProgress?: (message: string) => void;
}

/** A port inside a container, led out to a fixed port of this machine or to any free one. */
const led = (inside: number, outside: number | undefined): number | { container: number; host: number } =>
  outside === undefined ? inside : { container: inside, host: outside };

/** `target` inside keeps its files in a volume that belongs to this home folder alone. */
function keeping(container: GenericContainer, options: ContainerOptions, target: string): GenericContainer {
  if (!options.isKept) return container;
  const home = createHash('sha256').update(options.folder).digest('hex').slice(0, 12);
  // Docker takes a name without a slash for a named volume.
  return container.withBindMounts([{ source: `lurus-${home}-${target.replaceAll('/', '-').slice(1)}`, target, mode: 'rw' }]);
}

function natsContainer(options: ContainerOptions): Promise<StartedTestContainer> {
  const { ports, secrets } = options;
  const content = natsConfig({
    // Docker publishes ports on every address of the machine unless it is told otherwise. Nkeys and passwords stand before all that are
    // published; monitoring has none, so it stays inside.
    addresses: { host: '0.0.0.0', port: 4222, webSocketPort: 8222, monitoringHost: '127.0.0.1', monitoringPort: 8223 },
    storeFolder: '/data/store',
    users: natsUsers(secrets.nats_seeds),
  });
  return keeping(new GenericContainer(IMAGES.nats), options, '/data')
    .withCopyContentToContainer([{ content, target: '/etc/lurus-nats.conf', mode: 0o644 }])
    .withCommand(['-c', '/etc/lurus-nats.conf'])
    .withExposedPorts(led(4222, ports?.nats), led(8222, ports?.natsWebSocket))
    .withWaitStrategy(Wait.forSuccessfulCommand('wget -q -O /dev/null http://127.0.0.1:8223/healthz'))
    .withStartupTimeout(START_TIMEOUT_MS)
    .start();
}

function postgresContainer(options: ContainerOptions): Promise<StartedTestContainer> {
  const { ports, secrets } = options;
  const roles = postgresRoles({ owner: secrets.postgres_password, analyst: secrets.postgres_analyst_password });
  const content = [...roles.inCluster, '\\connect lurus', ...roles.inDatabase].join('\n');
  return (
    keeping(new GenericContainer(IMAGES.postgres), options, '/var/lib/postgresql')
      .withEnvironment({
        POSTGRES_PASSWORD: secrets.postgres_superuser_password,
        POSTGRES_INITDB_ARGS: '-A scram-sha-256 -E UTF8 --no-locale',
      })
      .withCopyContentToContainer([{ content, target: '/docker-entrypoint-initdb.d/lurus.sql', mode: 0o644 }])
      .withCommand(['postgres', '-c', 'max_connections=200'])
      .withExposedPorts(led(5432, ports?.postgres))
      // The image runs a server for its set-up first, on a socket alone; the real one listens on the port.
      .withWaitStrategy(Wait.forSuccessfulCommand('pg_isready -h 127.0.0.1 -U postgres'))
      .withStartupTimeout(START_TIMEOUT_MS)
      .start()
  );
}

function clickHouseContainer(options: ContainerOptions): Promise<StartedTestContainer> {
  const { ports, secrets, clickHouseDatabases } = options;
  const content = containerUsers({
    ownerPassword: secrets.clickhouse_password,
    analystPassword: secrets.clickhouse_analyst_password,
    databases: clickHouseDatabases,
  });
  return keeping(new GenericContainer(IMAGES.clickhouse), options, '/var/lib/clickhouse')
    .withEnvironment({ CLICKHOUSE_SKIP_USER_SETUP: '1' })
    .withCopyContentToContainer([{ content, target: '/etc/clickhouse-server/users.d/lurus.xml', mode: 0o644 }])
    .withExposedPorts(led(8123, ports?.clickhouse), led(9000, ports?.clickhouseNative))
    .withWaitStrategy(Wait.forHttp('/ping', 8123))
    .withStartupTimeout(START_TIMEOUT_MS)
    .start();
}

const starters = { nats: natsContainer, postgres: postgresContainer, clickhouse: clickHouseContainer } as const;

type Started = Partial<Record<BackendName, StartedTestContainer>>;

function urlsOf(started: Started, secrets: Secrets): BackendUrls {
  const at = (name: BackendName, inside: number): { host: string; port: number } => {
    const container = started[name];
    // A back end that this run does without has no address; port 0 fails at once and says so.
    return container ? { host: container.getHost(), port: container.getMappedPort(inside) } : { host: '127.0.0.1', port: 0 };
  };
  const place = (name: BackendName, inside: number): string => `${at(name, inside).host}:${at(name, inside).port}`;
  const postgres = (user: string, password: string, database: string): string =>
    postgresUrl({ ...at('postgres', 5432), user, password, database });
  const clickhouse = (user: string, password: string): string =>
    clickHouseUrl({ ...at('clickhouse', 8123), user, password, database: 'lurus' });
  return {
    nats: `nats://${place('nats', 4222)}`,
    natsWebSocket: `ws://${place('nats', 8222)}`,
    natsMonitoring: null,
    postgres: postgres('lurus', secrets.postgres_password, 'lurus'),
    postgresAnalyst: postgres('analyst', secrets.postgres_analyst_password, 'lurus'),
    postgresSuperuser: postgres('postgres', secrets.postgres_superuser_password, 'postgres'),
    clickhouse: clickhouse('lurus', secrets.clickhouse_password),
    clickhouseAnalyst: clickhouse('analyst', secrets.clickhouse_analyst_password),
  };
}

/**
 * Starts the containers side by side; testcontainers' reaper removes them when this process is gone, killed or not.
 * Throws the first fault after it has stopped what had come up.
 */
export async function startContainers(options: ContainerOptions): Promise<RunningBackends> {
  const names = options.only ?? (['nats', 'postgres', 'clickhouse'] as const);
  const started: Started = {};
  const stop = async (): Promise<void> => {
    await Promise.all(Object.values(started).map((container) => container.stop()));
  };
  const results = await Promise.allSettled(
    names.map(async (name) => {
      started[name] = await starters[name](options);
      options.onProgress?.(`${name} is ready (container)`);
    }),
  );
  try {
    const fault = results.find((result) => result.status === 'rejected');
    if (fault) throw fault.reason;
    const urls = urlsOf(started, options.secrets);
    if (started.clickhouse) await createClickHouseDatabase(urls.clickhouse);
    return { kind: 'containers', urls, processes: [], stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
