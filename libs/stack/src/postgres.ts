/** PostgreSQL 18 out of an npm package, with passwords, as a process of ours. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { postgresBinaries, reachableBinaries, reachableFolder } from './postgres-binaries.ts';
import { postgresRoles } from './postgres-roles.ts';
import { takesPostgresSessions } from './probe.ts';
import type { ProcessSpec } from './process.ts';

const runFile = promisify(execFile);

/** PostgreSQL refuses to run as root. `nobody` has the same number on Linux and, with a passwd entry, is what initdb asks for. */
const NOBODY = { uid: 65_534, gid: 65_534 } as const;
/** initdb took 0.8 to 3.7 s; a slow disk may need ten times that. */
const INITDB_TIMEOUT_MS = 120_000;

/** One embedded Postgres: a folder of its own, one port of the loopback address. */
export interface PostgresOptions {
  readonly folder: string;
  readonly port: number;
  readonly logPath: string;
  readonly passwords: { readonly superuser: string; readonly owner: string; readonly analyst: string };
  /** False for tests alone: faster, and a power cut loses everything. */
  readonly isDurable: boolean;
}

/** Where the programs and the data lie, and who runs them. */
interface Place {
  readonly native: string;
  readonly data: string;
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
}

function placeOf(folder: string): Place {
  const native = postgresBinaries();
  if (process.getuid?.() !== 0) return { native, data: folder, user: undefined };
  return { native: reachableBinaries(native), data: reachableFolder(folder), user: NOBODY };
}

function prepareFolder({ data, user }: Place): void {
  mkdirSync(data, { recursive: true });
  if (user && statSync(data).uid !== user.uid) chownSync(data, user.uid, user.gid);
  chmodSync(data, 0o700);
}

const environment = (native: string): Record<string, string | undefined> => ({
  PATH: process.env['PATH'],
  LC_ALL: 'C',
  TZ: 'UTC',
  LD_LIBRARY_PATH: join(native, 'lib'),
  DYLD_LIBRARY_PATH: join(native, 'lib'),
});

/** Runs one of the programs to its end as the server's user. `input` goes to its standard input. */
async function runProgram(place: Place, words: readonly (readonly string[])[], input = ''): Promise<void> {
  const [program = '', ...args] = words.flat();
  const running = runFile(join(place.native, 'bin', program), args, {
    env: environment(place.native),
    cwd: '/',
    timeout: INITDB_TIMEOUT_MS,
    ...place.user,
  });
  running.child.stdin?.end(input);
  try {
    await running;
  } catch (error) {
    throw new Error(`${program} failed: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

async function withPasswordFile(
  place: Place,
  input: { readonly password: string; readonly use: (path: string) => Promise<void> },
): Promise<void> {
  const path = join(dirname(place.data), `.${basename(place.data)}.password`);
  writeFileSync(path, `${input.password}\n`, { mode: 0o600 });
  if (place.user) chownSync(path, place.user.uid, place.user.gid);
  try {
    await input.use(path);
  } finally {
    rmSync(path, { force: true });
  }
}

/** One statement a line: PostgreSQL's single-user mode ends a statement at the end of its line. */
const runSql = (place: Place, input: { readonly database: string; readonly statements: readonly string[] }): Promise<void> =>
  runProgram(
    place,
    [['postgres', '--single', '-D', place.data, '-F', '-c', 'exit_on_error=true', '-c', 'log_min_messages=error', input.database]],
    `${input.statements.join('\n')}\n`,
  );

/**
 * Written last of all, with a digest of the passwords inside. A folder without it was left half made, by a crash or a full disk. One with
 * another digest belonged to a home that is gone: root's data may lie under /var/lib and outlive it. Both are made anew, which loses nothing:
 * Postgres holds views, and projectors fill them again from the streams.
 */
const finishedMark = (place: Place): string => join(place.data, 'lurus-finished');

const passwordDigest = ({ superuser, owner, analyst }: PostgresOptions['passwords']): string =>
  createHash('sha256').update(`${superuser} ${owner} ${analyst}`).digest('hex');

function isOurs(place: Place, options: PostgresOptions): boolean {
  const mark = finishedMark(place);
  return existsSync(mark) && readFileSync(mark, 'utf8') === passwordDigest(options.passwords);
}

async function createCluster(place: Place, options: PostgresOptions): Promise<void> {
  rmSync(place.data, { recursive: true, force: true });
  prepareFolder(place);
  await withPasswordFile(place, {
    password: options.passwords.superuser,
    use: (path) =>
      runProgram(place, [
        ['initdb', '-D', place.data, '-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${path}`],
        ['-E', 'UTF8', '--no-locale', '--no-instructions'],
        options.isDurable ? [] : ['--no-sync'],
      ]),
  });
  const roles = postgresRoles(options.passwords);
  await runSql(place, { database: 'postgres', statements: roles.inCluster });
  await runSql(place, { database: 'lurus', statements: roles.inDatabase });
  writeFileSync(finishedMark(place), passwordDigest(options.passwords));
}

const serverSettings = (options: PostgresOptions): Record<string, string> => ({
  listen_addresses: '127.0.0.1',
  port: String(options.port),
  unix_socket_directories: '', // A socket in /tmp would let local users in by another door and collides between systems.
  shared_buffers: '128MB',
  max_connections: '200', // Six processes with a pool each, and the test files that run at once.
  log_min_messages: 'warning',
  ...(options.isDurable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
});

/** Makes the data folder where there is none, and says how the server is started. */
export async function preparePostgres(options: PostgresOptions): Promise<ProcessSpec> {
  const place = placeOf(options.folder);
  if (!isOurs(place, options)) await createCluster(place, options);
  const settings = Object.entries(serverSettings(options)).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return {
    name: 'postgres',
    command: [join(place.native, 'bin', 'postgres'), '-D', place.data, ...settings],
    env: environment(place.native),
    logPath: options.logPath,
    cwd: '/',
    stopSignal: 'SIGINT', // "Fast": open sessions are ended. SIGTERM would wait for them.
    watchesStdin: false,
    ...(place.user ? { user: place.user } : {}),
    isReady: () => takesPostgresSessions({ host: '127.0.0.1', port: options.port, user: 'postgres' }),
  };
}
