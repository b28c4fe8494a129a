/** Finds or fetches a nats-server that is new enough. No npm package carries one. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const runFile = promisify(execFile);

/** Before 2.15 `sync_interval: always` costs several times as much, and the server lacks settings that our configuration names. */
const OLDEST = { major: 2, minor: 15 } as const;
const RELEASE = '2.15.1';
/** apt took 3 to 8 s, a release is 17 MB: past this the network is not working. */
const FETCH_TIMEOUT_MS = 180_000;
const VERSION_TIMEOUT_MS = 10_000;

/** Where to look for nats-server, and whom to tell. */
export interface NatsBinaryOptions {
  /** A nats-server named by the user; nothing else is tried then. */
  readonly given?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Told before something is fetched. */
  readonly onProgress?: (message: string) => void;
}

/** Whether `nats-server --version` names a version that will do: `nats-server: v2.15.1`. */
export function isNewEnough(versionLine: string): boolean {
  const match = /v(\d+)\.(\d+)\./.exec(versionLine);
  if (!match) return false;
  const major = Number(match[1]);
  return major > OLDEST.major || (major === OLDEST.major && Number(match[2]) >= OLDEST.minor);
}

async function versionOf(binary: string): Promise<string | undefined> {
  try {
    return (await runFile(binary, ['--version'], { timeout: VERSION_TIMEOUT_MS })).stdout.trim();
  } catch {
    return undefined; // Absent, or no program for this machine: the next place is tried.
  }
}

const isUsable = async (binary: string): Promise<boolean> => isNewEnough((await versionOf(binary)) ?? '');

/** The folder that fetched programs are kept in, shared by all clones of one user. */
export const cacheFolder = (env: Readonly<Record<string, string | undefined>>): string =>
  join(env['XDG_CACHE_HOME'] || join(env['HOME'] || homedir(), '.cache'), 'lurus-switch');

async function fromDebian(folder: string): Promise<void> {
  if (!existsSync('/usr/bin/apt-get')) throw new Error('this machine has no apt');
  await runFile('sh', [fileURLToPath(new URL('./nats-apt.sh', import.meta.url)), folder], { timeout: FETCH_TIMEOUT_MS });
}

async function download(url: string): Promise<Buffer> {
  const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}

/** Throws an Error unless `sums` (lines of `sha256sum`) names this file with the digest of these bytes. */
export function checkSum(sums: string, file: { readonly name: string; readonly bytes: Uint8Array }): void {
  const digest = createHash('sha256').update(file.bytes).digest('hex');
  const isListed = sums.split('\n').some((line) => line.trim() === `${digest}  ${file.name}` || line.trim() === `${digest} *${file.name}`);
  if (!isListed) throw new Error(`${file.name} does not have the checksum that its release states`);
}

async function fromRelease(folder: string): Promise<void> {
  const processor = process.arch === 'x64' ? 'amd64' : process.arch;
  const name = `nats-server-v${RELEASE}-${process.platform}-${processor}`;
  const release = `https://github.com/nats-io/nats-server/releases/download/v${RELEASE}`;
  const [sums, archive] = await Promise.all([download(`${release}/SHA256SUMS`), download(`${release}/${name}.tar.gz`)]);
  checkSum(sums.toString('utf8'), { name: `${name}.tar.gz`, bytes: archive });
  const path = join(folder, 'release.tar.gz');
  writeFileSync(path, archive);
  await runFile('tar', ['-xzf', path, '-C', folder, '--strip-components=1', `${name}/nats-server`]);
}

/** Fetches into a folder of its own and moves the program into place, so that two starts at once do not tread on each other. */
async function fetchInto(target: string, fetchTo: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(`${target}-`);
  try {
    await fetchTo(folder);
    const binary = join(folder, 'nats-server');
    chmodSync(binary, 0o755);
    if (!(await isUsable(binary))) throw new Error(`what was fetched says ${(await versionOf(binary)) ?? 'nothing'} about its version`);
    renameSync(binary, target);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const HOW_TO_GET_ONE =
  `Put nats-server ${OLDEST.major}.${OLDEST.minor} or newer on PATH (https://github.com/nats-io/nats-server/releases, ` +
  'or "brew install nats-server") or name it in LURUS_NATS_SERVER.';

/**
 * Path of a nats-server of version 2.15 or newer: the one given, else the one on PATH, else the one fetched before, else one fetched now
 * from Debian by the machine's own apt or from the project's releases. Throws an Error that names what was tried and what to do.
 */
export async function natsBinary({ given, env, onProgress }: NatsBinaryOptions): Promise<string> {
  if (given) {
    if (await isUsable(given)) return given;
    throw new Error(
      `LURUS_NATS_SERVER names ${given}, which says ${(await versionOf(given)) ?? 'nothing'} about its version. ${HOW_TO_GET_ONE}`,
    );
  }
  if (await isUsable('nats-server')) return 'nats-server';
  const cached = join(cacheFolder(env), 'nats-server');
  if (await isUsable(cached)) return cached;
  mkdirSync(cacheFolder(env), { recursive: true });
  const faults: string[] = [];
  for (const [place, fetchTo] of [
    ['Debian', fromDebian],
    ['its releases on GitHub', fromRelease],
  ] as const) {
    try {
      onProgress?.(`fetching nats-server from ${place}`);
      await fetchInto(cached, fetchTo);
      return cached;
    } catch (error) {
      faults.push(`${place}: ${error instanceof Error ? error.message.trim().split('\n')[0] : String(error)}`);
    }
  }
  throw new Error(`no usable nats-server was found. ${HOW_TO_GET_ONE} Tried: ${faults.join('; ')}.`);
}
