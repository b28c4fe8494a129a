/**
 * One process of the system: started, awaited, restarted when it crashes, stopped, and never left behind.
 *
 * Each child is the leader of its own process group, so that Ctrl-C reaches the supervisor alone, which stops its children in order. Each
 * dies with the supervisor, however that ends: its standard input is a pipe that the supervisor holds, and the end of that pipe is the
 * signal to stop. Programs of ours watch the pipe themselves (`tether.ts`); for others a shell starts a watcher and becomes the program.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, copyFileSync, existsSync, mkdirSync, openSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** How one process is started, told to stop, and asked whether it is ready. */
export interface ProcessSpec {
  readonly name: string;
  readonly command: readonly [program: string, ...args: string[]];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Its working folder; one that its user can enter. */
  readonly cwd: string;
  /** What it prints goes here, appended. */
  readonly logPath: string;
  readonly stopSignal: 'SIGTERM' | 'SIGINT';
  /** Whether the program itself ends when its standard input does. */
  readonly watchesStdin: boolean;
  /** Run as this user; only root can. */
  readonly user?: { readonly uid: number; readonly gid: number };
  readonly isReady: () => Promise<boolean>;
}

/** One process that is kept running. */
export interface SupervisedProcess {
  readonly name: string;
  /** Of the process that runs now; undefined while none does. */
  readonly pid: () => number | undefined;
  /** How often it came back after it had ended by itself. */
  readonly restarts: () => number;
  /**
   * Resolves when it answers its readiness question. Rejects with the end of its log when it stays silent, or ends before it was ready
   * for the first time: that is a fault of its settings, which no restart cures.
   */
  readonly ready: () => Promise<void>;
  /** Sends a signal that ends it and resolves when it has ended. It counts as crashed and comes back. */
  readonly kill: (signal: NodeJS.Signals) => Promise<void>;
  /** Ends it in order and starts it anew; resolves when it is ready. */
  readonly restart: () => Promise<void>;
  /** Ends it in order, by force after `forceAfterMs`. It does not come back. */
  readonly stop: (options?: { readonly forceAfterMs?: number }) => Promise<void>;
}

/** First start of a data directory on a slow disk: initdb is done by then, recovery after a crash may take this long. */
const READY_TIMEOUT_MS = 60_000;
/** Nine processes are asked at once while they need the processor to start; each question costs about a millisecond of it. */
const READY_POLL_MS = 50;
/** A gateway finishes running answers for 30 s when it is told to stop, and its last appends for 6 s; all else takes well below a second. */
const STOP_TIMEOUT_MS = 40_000;
const RESTART_DELAY_MIN_MS = 250;
const RESTART_DELAY_MAX_MS = 10_000;
/** A process that lived this long was well: its next crash is a new story. */
const WELL_AFTER_MS = 60_000;
/** One older file is kept beside it, so that a log takes at most twice this. */
const LOG_BYTES_MAX = 50_000_000;
const LOG_TRIM_EVERY_MS = 60_000;
const LOG_TAIL_LINES = 30;

/**
 * `sh -c WATCHED <signal> <program> <args…>`: the watcher waits for the end of standard input. If the program is still there, nobody stopped it
 * in order: it gets a second, in which our own processes append what they have in hand, then the signal, and 10 s later the end by force.
 * The shell then becomes the program, so that the pid is the program's own.
 */
const WATCHED =
  'exec 3<&0; (exec >/dev/null 2>&1; cat <&3; kill -0 $$ || exit; sleep 1; kill -$0 $$; n=0;' +
  ' while [ $n -lt 100 ] && kill -0 $$; do sleep 0.1; n=$((n+1)); done; kill -KILL $$) & exec "$@" </dev/null 3<&-';

/**
 * Empties a log that has grown past its limit, after copying it aside. The child writes in append mode, so it goes on at the new end; what it
 * writes between the copy and the cut is lost, which a log of 50 MB can bear.
 */
function trimLog(path: string): void {
  if (!existsSync(path) || statSync(path).size <= LOG_BYTES_MAX) return;
  copyFileSync(path, `${path}.1`);
  truncateSync(path, 0);
}

function openLog(path: string): number {
  mkdirSync(dirname(path), { recursive: true });
  trimLog(path);
  return openSync(path, 'a', 0o600);
}

/** The last lines of a log, for an error message. */
export const logTail = (path: string): string =>
  existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n') : '';

function spawnChild(spec: ProcessSpec): ChildProcess {
  const [program, ...args] = spec.watchesStdin
    ? spec.command
    : ['/bin/sh', '-c', WATCHED, spec.stopSignal.replace('SIG', ''), ...spec.command];
  const log = openLog(spec.logPath);
  try {
    return spawn(program, args, {
      stdio: ['pipe', log, log], // A file and no pipe: a child must not fail to write because its supervisor died.
      detached: true,
      env: spec.env,
      cwd: spec.cwd,
      ...spec.user,
    });
  } finally {
    closeSync(log);
  }
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

const howItEnded = (child: ChildProcess): string =>
  child.signalCode ? `was ended by ${child.signalCode}` : `exited with code ${child.exitCode}`;

/** A child with a promise of its end; a program that cannot be started counts as ended. */
interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
  readonly startedAt: number;
}

function run(spec: ProcessSpec): Running {
  const child = spawnChild(spec);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  child.stdin?.on('error', () => undefined); // The pipe breaks when the child ends first; its end is noticed by itself.
  return { child, ended, startedAt: performance.now() };
}

async function endInOrder({ child, ended }: Running, spec: ProcessSpec, forceAfterMs: number): Promise<void> {
  if (!hasEnded(child)) child.kill(spec.stopSignal);
  const timer = setTimeout(() => child.kill('SIGKILL'), forceAfterMs);
  await ended;
  clearTimeout(timer);
  child.stdin?.destroy(); // Lets the watcher go.
}

function notReady(spec: ProcessSpec, how: string): Error {
  return new Error(`${spec.name} ${how}. The end of ${spec.logPath}:\n${logTail(spec.logPath)}`);
}

/** Polls until the process that runs now is ready. `mayComeBack`: an end on the way is waited out, since it is being restarted. */
async function untilReady(
  spec: ProcessSpec,
  input: { readonly current: () => Running | undefined; readonly mayComeBack: boolean },
): Promise<void> {
  const giveUpAt = performance.now() + READY_TIMEOUT_MS;
  while (performance.now() < giveUpAt) {
    const running = input.current();
    if (!running) throw notReady(spec, 'was stopped before it was ready');
    const isAlive = !hasEnded(running.child);
    if (!isAlive && !input.mayComeBack) throw notReady(spec, `${howItEnded(running.child)} before it was ready`);
    if (isAlive && (await spec.isReady()) && !hasEnded(running.child)) return;
    await sleep(READY_POLL_MS);
  }
  throw notReady(spec, `was not ready after ${READY_TIMEOUT_MS / 1000} s`);
}

/** Starts a process and keeps it running; `onCrash` hears of every end that nobody asked for. */
export function supervise(spec: ProcessSpec, onCrash: (message: string) => void = () => undefined): SupervisedProcess {
  let running: Running | undefined;
  let isWanted = true;
  let wasReady = false;
  let restarts = 0;
  let delayMs = RESTART_DELAY_MIN_MS;
  let comeback: NodeJS.Timeout | undefined;
  let trimming: NodeJS.Timeout | undefined;

  const start = (): void => {
    clearInterval(trimming);
    trimming = setInterval(() => trimLog(spec.logPath), LOG_TRIM_EVERY_MS).unref();
    const mine = run(spec);
    running = mine;
    void mine.ended.then(() => afterEnd(mine));
  };
  const afterEnd = (mine: Running): void => {
    mine.child.stdin?.destroy();
    if (!isWanted || !wasReady || running !== mine) return; // Before it was ready once, `ready` tells of it.
    if (performance.now() - mine.startedAt > WELL_AFTER_MS) delayMs = RESTART_DELAY_MIN_MS;
    onCrash(`${spec.name} ${howItEnded(mine.child)}; starting it again in ${delayMs / 1000} s (log: ${spec.logPath})`);
    comeback = setTimeout(() => {
      restarts += 1;
      start();
    }, delayMs);
    delayMs = Math.min(delayMs * 2, RESTART_DELAY_MAX_MS);
  };
  const stop = async ({ forceAfterMs = STOP_TIMEOUT_MS }: { readonly forceAfterMs?: number } = {}): Promise<void> => {
    isWanted = false;
    clearTimeout(comeback);
    clearInterval(trimming);
    const mine = running;
    if (mine) await endInOrder(mine, spec, forceAfterMs);
    running = undefined;
  };

  const ready = async (): Promise<void> => {
    await untilReady(spec, { current: () => running, mayComeBack: wasReady });
    wasReady = true;
  };

  start();
  return {
    name: spec.name,
    pid: () => (running && !hasEnded(running.child) ? running.child.pid : undefined),
    restarts: () => restarts,
    ready,
    kill: async (signal) => {
      running?.child.kill(signal);
      await running?.ended;
    },
    restart: async () => {
      await stop();
      isWanted = true;
      start();
      await ready();
    },
    stop,
  };
}
