/**
 * Adds to package-lock.json the optional platform packages that the registry which made it did not offer.
 *
 * `npm install` leaves such packages out silently and `npm ci` then refuses the whole lock ("Missing: … from lock file").
 * Run by `npm run lock`; with `--check` it changes nothing and exits 1 if the lock is incomplete.
 */
import { readFileSync, writeFileSync } from 'node:fs';

interface LockEntry {
  version?: string;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

const SYSTEMS = ['darwin', 'linux', 'win32', 'windows', 'freebsd', 'openbsd', 'netbsd', 'android', 'openharmony', 'sunos', 'aix'];
const PROCESSORS = ['x64', 'arm64', 'ia32', 'arm', 'ppc64', 'riscv64', 's390x', 'loong64', '64'];

const wordIn = (name: string, words: readonly string[]): string => {
  const parts = name.split(/[-/@]/);
  const found = words.find((word) => parts.includes(word));
  if (found === 'windows') return 'win32';
  if (found === '64') return 'x64';
  // An unknown platform must never match this machine, else npm would try to fetch the package.
  return found ?? 'unknown';
};

const path = 'package-lock.json';
const lock = JSON.parse(readFileSync(path, 'utf8')) as { packages: Record<string, LockEntry> }; // npm wrote it.
let added = 0;
for (const [at, entry] of Object.entries(lock.packages)) {
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    const known = at === '' || lock.packages[`node_modules/${name}`] || lock.packages[`${at}/node_modules/${name}`];
    if (known) continue;
    lock.packages[`node_modules/${name}`] = {
      version: range.replace(/^[\^~]/, ''),
      cpu: [wordIn(name, PROCESSORS)],
      ...(entry.dev ? { dev: true } : {}),
      ...(name.includes('musl') ? { libc: ['musl'] } : {}),
      optional: true,
      os: [wordIn(name, SYSTEMS)],
    };
    added += 1;
  }
}
if (process.argv.includes('--check')) {
  if (added > 0) {
    console.error(`package-lock.json lacks ${added} optional platform packages: run "npm run lock" and commit the result`);
    process.exit(1);
  }
} else if (added > 0) {
  lock.packages = Object.fromEntries(Object.entries(lock.packages).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`completed package-lock.json with ${added} optional platform packages`);
}
