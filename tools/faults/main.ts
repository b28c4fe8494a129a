/**
 * `npm run faults -- --seed N --minutes M`: the whole system under load from real HTTP clients, killed and stopped at moments that the seed
 * decides; then every book is held against every other. Exit code 1 where a promise was broken.
 */
import { execFileSync } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { formatDollars, nanos } from '@lurus/base/money';
import { openArena } from './arena.ts';
import { type Blow, makePlan } from './plan.ts';
import { type RunResult, runOnce } from './run.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Two cores carry this many besides the system itself. */
const CLIENTS = 20;
const SHOWN_MAX = 30;

const startedMs = performance.now();
const say = (message: string): void => console.log(`${((performance.now() - startedMs) / 1000).toFixed(1).padStart(7)} s  ${message}`);

function readOptions(): { readonly seed: number; readonly minutes: number; readonly clients: number; readonly isKept: boolean } {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      minutes: { type: 'string', default: '1' },
      clients: { type: 'string', default: String(CLIENTS) },
      keep: { type: 'boolean', default: false },
    },
  });
  const [seed = 0, minutes = 0, clients = 0] = [values.seed, values.minutes, values.clients].map(Number);
  if (!Number.isInteger(seed) || !(minutes > 0) || !Number.isInteger(clients) || clients < 1) {
    console.error('usage: npm run faults -- [--seed N] [--minutes M] [--clients C] [--keep]');
    process.exit(2);
  }
  return { seed, minutes, clients, isKept: values.keep };
}

/** Counts by name, the largest first: `3 kill nats, 1 pause log`. */
function tally(names: readonly string[]): string {
  const counts = [...Map.groupBy(names, (name) => name)].map(([name, all]) => [name, all.length] as const);
  return counts
    .toSorted((a, b) => b[1] - a[1])
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
}

function report(result: RunResult, plan: readonly Blow[]): void {
  const { lines, verification, counts, violations, credits, quiesceMs } = result;
  const killed = plan.filter(({ kind }) => kind === 'kill').map(({ victim }) => victim);
  const paused = plan.filter(({ kind }) => kind === 'pause').map(({ victim }) => victim);
  const charged = Object.entries(counts.chargedWithoutWholeAnswer).map(([how, count]) => `${count} ${how}`);
  const deviations = Object.entries(verification.deviations).map(([how, count]) => `${count} ${how}`);
  console.log(`
kills        ${killed.length}: ${tally(killed)}
pauses       ${paused.length}: ${tally(paused)}
requests     ${lines.length}: ${tally(lines.map(({ end, status }) => (end === 'refused' ? `refused with ${status}` : end)))}
credits      ${credits}
settlements  ${verification.settlements}, $${formatDollars(nanos(verification.spentNanos))} spent, $${formatDollars(nanos(verification.lostNanos))} lost to the house
events       ${verification.sequence}; not what their name says: ${deviations.join(', ') || 'none'}
charged without a whole answer: ${charged.join(', ') || 'none'}
answers that nobody was charged for: ${counts.unpaidAnswers}
level again  ${(quiesceMs / 1000).toFixed(1)} s after the last blow
violations   ${violations.length}${violations.length === 0 ? '' : `: ${tally(violations.map(({ promise }) => promise))}`}`);
  for (const { promise, says } of violations.slice(0, SHOWN_MAX)) console.log(`  ${promise}: ${says}`);
  if (violations.length > SHOWN_MAX) console.log(`  and ${violations.length - SHOWN_MAX} more`);
}

const options = readOptions();
const durationMs = options.minutes * 60_000;
const plan = makePlan({ seed: options.seed, durationMs });
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
console.log(`seed ${options.seed}, commit ${commit}, ${options.minutes} min, ${options.clients} clients, ${plan.length} blows`);

const arena = await openArena({ root, onCrash: say });
say(`the system is up in ${arena.folder}`);
let isGood = false;
try {
  const result = await runOnce({ arena, plan, seed: options.seed, durationMs, clients: options.clients, onNote: say });
  report(result, plan);
  isGood = result.violations.length === 0;
} finally {
  await arena.stop();
  if (isGood && !options.isKept) arena.remove();
  else console.log(`logs, data and the clients' journals are kept in ${arena.folder}`);
}
process.exitCode = isGood ? 0 : 1;
