/** One supervisor a home folder: two would fight over the same data. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';

const HolderSchema = z.object({ pid: z.number().int(), birth: z.string() });
type Holder = z.output<typeof HolderSchema>;

/** A lock that somebody left behind is taken over; this many times means that two are taking it from each other. */
const ATTEMPTS_MAX = 3;

/** Field 22 of /proc/<pid>/stat, counted behind the name, which may hold blanks and brackets. */
const START_TIME_FIELD = 19;

/**
 * When a process began, in a form that never repeats on one machine between two boots; undefined where there is no such process. A pid
 * alone does not tell: it may be somebody else's by now.
 */
export function birthOf(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
      return `${bootId} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[START_TIME_FIELD]}`;
    }
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}

function holderOf(path: string): Holder | undefined {
  try {
    return HolderSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined; // Gone meanwhile, or half written by a supervisor that died: nobody holds it.
  }
}

const isAlive = (holder: Holder): boolean => birthOf(holder.pid) === holder.birth;

/** The pid of the supervisor that holds a home folder now, if any. */
export function runningSupervisor(path: string): number | undefined {
  const holder = holderOf(path);
  return holder && isAlive(holder) ? holder.pid : undefined;
}

/** Another supervisor runs on the same home folder. */
export class AlreadyRunning extends Error {
  override readonly name = 'AlreadyRunning';
  readonly pid: number;

  constructor(pid: number) {
    super(`Lurus Switch is running here already (pid ${pid})`);
    this.pid = pid;
  }
}

/** Takes the lock for this process and returns what gives it back. Throws AlreadyRunning. */
export function lockHome(path: string): () => void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  const me = JSON.stringify({ pid: process.pid, birth: birthOf(process.pid) ?? '' });
  for (let attempt = 1; ; attempt += 1) {
    try {
      writeFileSync(path, me, { flag: 'wx', mode: 0o600 });
      return () => rmSync(path, { force: true });
    } catch (error) {
      const pid = runningSupervisor(path);
      if (pid !== undefined) throw new AlreadyRunning(pid);
      if (attempt === ATTEMPTS_MAX) throw error;
      rmSync(path, { force: true });
    }
  }
}
