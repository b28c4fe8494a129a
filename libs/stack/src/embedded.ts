/** The back ends as processes of this machine, out of packages: no Docker, no root. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type BackendName, type BackendUrls, clickHouseUrl, postgresUrl, type RunningBackends } from './backends.ts';
import { createClickHouseDatabase } from './clickhouse-query.ts';
import { prepareClickHouse } from './clickhouse.ts';
import { type NatsBinaryOptions } from './nats-binary.ts';
import { natsUsers } from './nats-config.ts';
import { prepareNats } from './nats.ts';
import type { BackendPorts } from './ports.ts';
import { preparePostgres } from './postgres.ts';
import { type ProcessSpec, supervise, type SupervisedProcess } from './process.ts';
import type { Secrets } from './secrets.ts';

/** What the embedded back ends of one system are made of. */
export interface EmbeddedOptions {
  /** The data lies here. */
  readonly folder: string;
  readonly logs: string;
  readonly ports: BackendPorts;
  readonly secrets: Secrets;
  /** All three unless named. */
  readonly only?: readonly BackendName[];
  /** False for tests alone: Postgres does not sync its files. NATS always does. */
  readonly isDurable: boolean;
  /** Databases that the ClickHouse users are confined to. */
  readonly clickHouseDatabases: readonly string[];
  readonly natsBinary: NatsBinaryOptions;
  readonly onProgress?: (message: string) => void;
  readonly onCrash?: (message: string) => void;
}

const HOST = '127.0.0.1';

/** The URLs that an embedded system of these ports and secrets has. Pure. */
export function embeddedUrls({ ports, secrets }: Pick<EmbeddedOptions, 'ports' | 'secrets'>): BackendUrls {
  const postgres = (user: string, password: string, database: string): string =>
    postgresUrl({ host: HOST, port: ports.postgres, user, password, database });
  const clickhouse = (user: string, password: string): string =>
    clickHouseUrl({ host: HOST, port: ports.clickhouse, user, password, database: 'lurus' });
  return {
    nats: `nats://${HOST}:${ports.nats}`,
    natsWebSocket: `ws://${HOST}:${ports.natsWebSocket}`,
    natsMonitoring: `http://${HOST}:${ports.natsMonitoring}`,
    postgres: postgres('lurus', secrets.postgres_password, 'lurus'),
    postgresAnalyst: postgres('analyst', secrets.postgres_analyst_password, 'lurus'),
    postgresSuperuser: postgres('postgres', secrets.postgres_superuser_password, 'postgres'),
    clickhouse: clickhouse('lurus', secrets.clickhouse_password),
    clickhouseAnalyst: clickhouse('analyst', secrets.clickhouse_analyst_password),
  };
}

/** How each back end gets ready to be started. */
const preparations: Record<BackendName, (options: EmbeddedOptions, logPath: string) => ProcessSpec | Promise<ProcessSpec>> = {
  nats: ({ folder, ports, secrets, natsBinary }, logPath) =>
    prepareNats({
      folder: join(folder, 'nats'),
      port: ports.nats,
      webSocketPort: ports.natsWebSocket,
      monitoringPort: ports.natsMonitoring,
      logPath,
      users: natsUsers(secrets.nats_seeds),
      binary: natsBinary,
    }),
  postgres: ({ folder, ports, secrets, isDurable }, logPath) =>
    preparePostgres({
      folder: join(folder, 'postgres'),
      port: ports.postgres,
      logPath,
      passwords: {
        superuser: secrets.postgres_superuser_password,
        owner: secrets.postgres_password,
        analyst: secrets.postgres_analyst_password,
      },
      isDurable,
    }),
  clickhouse: ({ folder, ports, secrets, clickHouseDatabases }, logPath) =>
    prepareClickHouse({
      folder: join(folder, 'clickhouse'),
      httpPort: ports.clickhouse,
      nativePort: ports.clickhouseNative,
      logPath,
      users: {
        ownerPassword: secrets.clickhouse_password,
        analystPassword: secrets.clickhouse_analyst_password,
        databases: clickHouseDatabases,
      },
    }),
};

/** Starts one of them and waits until it is ready; it is stopped again where it does not become so. */
async function startOne(name: BackendName, options: EmbeddedOptions): Promise<SupervisedProcess> {
  const startedAt = performance.now();
  const spec = await preparations[name](options, join(options.logs, `${name}.log`));
  const process = supervise(spec, options.onCrash);
  try {
    await process.ready();
    if (name === 'clickhouse') await createClickHouseDatabase(embeddedUrls(options).clickhouse);
  } catch (error) {
    await process.stop();
    throw error;
  }
  options.onProgress?.(`${name} is ready (${Math.round(performance.now() - startedAt)} ms)`);
  return process;
}

/** Starts the back ends side by side. Throws the first fault after it has stopped what had come up. */
export async function startEmbedded(options: EmbeddedOptions): Promise<RunningBackends> {
  mkdirSync(options.folder, { recursive: true });
  const names = options.only ?? (['nats', 'postgres', 'clickhouse'] as const);
  const results = await Promise.allSettled(names.map((name) => startOne(name, options)));
  const processes = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(processes.map((process) => process.stop()));
  };
  const fault = results.find((result) => result.status === 'rejected');
  if (fault) {
    await stop();
    throw fault.reason;
  }
  return { kind: 'embedded', urls: embeddedUrls(options), processes, stop };
}
