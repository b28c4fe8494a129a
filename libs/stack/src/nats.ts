/** nats-server as a process of ours. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { NatsUser } from '@lurus/journal/server-config';
import { natsBinary, type NatsBinaryOptions } from './nats-binary.ts';
import { natsConfig } from './nats-config.ts';
import { answersHttp } from './probe.ts';
import { writePrivateFile } from './private-file.ts';
import type { ProcessSpec } from './process.ts';

/** One embedded nats-server: a folder of its own, three ports of the loopback address. */
export interface NatsOptions {
  readonly folder: string;
  readonly port: number;
  readonly webSocketPort: number;
  readonly monitoringPort: number;
  readonly logPath: string;
  readonly users: readonly NatsUser[];
  readonly binary: NatsBinaryOptions;
}

/** Finds the program, writes the configuration and says how the server is started. */
export async function prepareNats(options: NatsOptions): Promise<ProcessSpec> {
  const binary = await natsBinary(options.binary);
  const storeFolder = join(options.folder, 'store');
  mkdirSync(storeFolder, { recursive: true, mode: 0o700 });
  const configPath = join(options.folder, 'nats.conf');
  writePrivateFile(
    configPath,
    natsConfig({
      addresses: {
        host: '127.0.0.1',
        port: options.port,
        webSocketPort: options.webSocketPort,
        monitoringHost: '127.0.0.1',
        monitoringPort: options.monitoringPort,
      },
      storeFolder,
      users: options.users,
    }),
  );
  return {
    name: 'nats',
    command: [binary, '-c', configPath],
    env: { PATH: process.env['PATH'], HOME: options.folder },
    logPath: options.logPath,
    cwd: '/',
    stopSignal: 'SIGTERM',
    watchesStdin: false,
    // Says "ok" only once JetStream has recovered its streams.
    isReady: () => answersHttp(`http://127.0.0.1:${options.monitoringPort}/healthz`),
  };
}
