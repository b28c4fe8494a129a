/**
 * Runs one of our TypeScript programs on a bare machine: `node tools/boot.mjs tools/start.ts`. Needs any Node from 20 on; brings
 * node_modules up to date when the lock file changed, and hands over to the Node that npm installed, which runs TypeScript directly.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readlinkSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** On an older one npm leaves out the native parts of packages that want this one. */
const OLDEST_TO_BEGIN_WITH = 20;
/** Runs TypeScript without a flag and without a warning. */
const OLDEST_NODE = 24;
const PARENT_CHECK_MS = 500; // Reading a number; a stopped npm takes its system down within a second.
const INSTALL_POLL_MS = 500; // An install takes half a minute.

// As they were before packages were installed: npm may be stopped meanwhile.
const parent = process.ppid;
const npmBehindShell = findNpmBehind(parent);
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const bin = join(modules, '.bin');

function fail(message) {
  console.error(`lurus: ${message}`);
  process.exit(1);
}

/** Undefined where there is no /proc. */
function parentOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]); // "pid (name) state parent …"; the name may hold anything.
  } catch {
    return undefined;
  }
}

/** Debian's sh stays between npm and us, so that our parent does not change when npm is killed. Undefined where our parent is npm itself. */
function findNpmBehind(shell) {
  try {
    const npmNode = realpathSync(process.env.npm_node_execpath);
    const behind = parentOf(shell);
    const isNpm = (pid) => readlinkSync(`/proc/${pid}/exe`) === npmNode;
    return !isNpm(shell) && isNpm(behind) ? behind : undefined;
  } catch {
    return undefined;
  }
}

const isNpmGone = () => process.ppid !== parent || (npmBehindShell !== undefined && parentOf(parent) !== npmBehindShell);

/** npm told us where it lies, when it started us; outside of npm the one on PATH has to do. */
function runNpm(args) {
  const npm = process.env.npm_execpath;
  const [program, first] = npm ? [process.execPath, [npm]] : ['npm', []];
  return spawnSync(program, [...first, ...args], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
}

const lockHash = () =>
  createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');

/** The stamp says which lock file the installed packages came from. It is written last: an install that was cut short is repeated. */
const stamp = join(modules, '.lurus-lock');
const isUpToDate = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === lockHash();

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Two installs in one folder take each other's files away, so the second waits (a start and a test run in a fresh clone). */
function waitForOtherInstall(turn) {
  for (let isTold = false; ; isTold = true) {
    try {
      writeFileSync(turn, String(process.pid), { flag: 'wx' });
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const other = Number(readFileSync(turn, 'utf8'));
    if (other > 0 && !isAlive(other)) rmSync(turn, { force: true });
    else if (!isTold)
      console.log(`lurus: process ${other} is installing packages here; waiting for it (if it is none of ours, remove ${turn})`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, INSTALL_POLL_MS);
  }
}

function install() {
  rmSync(stamp, { force: true });
  console.log('lurus: installing packages (npm ci, about 1 GB; only when the lock file has changed)');
  const wanted = lockHash();
  const result = runNpm(['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  if (result.error) fail(`npm could not be run: ${result.error.message}`);
  if (result.status !== 0) fail('npm ci failed; what it said stands above. Check the network and run the command again.');
  writeFileSync(stamp, wanted);
}

function bringPackagesUpToDate() {
  if (isUpToDate()) return;
  const turn = join(root, '.cache', 'install.pid');
  mkdirSync(dirname(turn), { recursive: true });
  waitForOtherInstall(turn);
  process.on('exit', () => rmSync(turn, { force: true }));
  if (!isUpToDate()) install();
  rmSync(turn, { force: true });
}

/** The packaged Node; the running one where there is none for this machine and it is new enough. */
function findNode() {
  const packaged = ['node', 'node-bin']
    .map((name) => join(modules, `${name}-${process.platform}-${process.arch}`, 'bin', 'node'))
    .find((path) => existsSync(path));
  if (packaged) return packaged;
  if (Number(process.versions.node.split('.')[0]) >= OLDEST_NODE) return process.execPath;
  return fail(`npm has no Node for ${process.platform}-${process.arch}: install Node ${OLDEST_NODE} or newer and run this again`);
}

/** npm 10 leaves this link out because several packages claim the name; `npx` and `npm run` then find the machine's own Node. */
function linkNode(node) {
  const link = join(bin, 'node');
  if (node === process.execPath || existsSync(link)) return;
  try {
    symlinkSync(node, link);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error; // Another boot was faster.
  }
}

function environment() {
  const env = {
    ...process.env,
    PATH: `${bin}${delimiter}${process.env.PATH ?? ''}`,
    NODE_COMPILE_CACHE: join(modules, '.cache', 'compiled'),
  };
  // What npm tells its scripts would be taken for settings by every npm that is started below. Only where the machine's own settings lie is
  // passed on: an npm that runs on the packaged Node would look for them beside that.
  for (const name of Object.keys(env)) {
    if (/^npm_(config|lifecycle|package)_/i.test(name) && !/^npm_config_(global|user)config$/i.test(name)) delete env[name];
  }
  return env;
}

const [entry, ...args] = process.argv.slice(2);
if (!entry) fail('boot.mjs needs the program to run: node tools/boot.mjs tools/start.ts');
if (Number(process.versions.node.split('.')[0]) < OLDEST_TO_BEGIN_WITH) {
  fail(
    `this is Node ${process.versions.node}, and Node ${OLDEST_TO_BEGIN_WITH} or newer is needed to begin with: install one and run this again`,
  );
}
bringPackagesUpToDate();
const node = findNode();
linkNode(node);

// Nothing is said over the channel: its end tells the child that we were killed.
const stdio = ['inherit', 'inherit', 'inherit', 'ipc'];
const child = spawn(node, [join(root, entry), ...args], { cwd: root, stdio, env: environment() });
child.on('error', (error) => fail(`${node} could not be started: ${error.message}`));
// Ctrl-C reaches the child by itself, since it is in the terminal's foreground group; a second delivery would count as impatience.
process.on('SIGINT', () => {});
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
// npm dies of a signal without passing it on to what it runs; whoever stops npm means us.
if (process.env.npm_lifecycle_event) {
  setInterval(() => isNpmGone() && child.kill('SIGTERM'), PARENT_CHECK_MS).unref();
}
child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
