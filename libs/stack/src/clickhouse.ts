/** ClickHouse 26 out of an npm package, with passwords, as a process of ours. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ClickHouseUsers, embeddedConfig, embeddedUsers } from './clickhouse-config.ts';
import { answersHttp } from './probe.ts';
import { writePrivateFile } from './private-file.ts';
import type { ProcessSpec } from './process.ts';

/** One embedded ClickHouse: a folder of its own, two ports of the loopback address. */
export interface ClickHouseOptions {
  readonly folder: string;
  readonly httpPort: number;
  readonly nativePort: number;
  readonly logPath: string;
  readonly users: ClickHouseUsers;
}

/** Writes the configuration and says how the server is started. */
export function prepareClickHouse(options: ClickHouseOptions): ProcessSpec {
  mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  const usersPath = join(options.folder, 'users.xml');
  const configPath = join(options.folder, 'config.xml');
  writePrivateFile(usersPath, embeddedUsers(options.users));
  writePrivateFile(configPath, embeddedConfig({ usersPath }));
  const host = fileURLToPath(new URL('./clickhouse-host.ts', import.meta.url));
  const ports = [String(options.httpPort), String(options.nativePort)];
  return {
    name: 'clickhouse',
    command: [process.execPath, host, configPath, join(options.folder, 'data'), options.logPath, '127.0.0.1', ...ports],
    env: { PATH: process.env['PATH'], HOME: options.folder, TZ: 'UTC', NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] },
    logPath: options.logPath,
    cwd: '/',
    stopSignal: 'SIGTERM',
    watchesStdin: true,
    isReady: () => answersHttp(`http://127.0.0.1:${options.httpPort}/ping`),
  };
}
