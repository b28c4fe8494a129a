/** What is done to whom and when, all of it decided by the seed before anything starts. */
import { createSeededNumbers } from '@lurus/projection/seeded';

/** Everything that can be hurt. The simulator is not: its book is a witness. */
export const VICTIMS = ['gateway', 'gateway-2', 'projector', 'nats', 'postgres', 'clickhouse', 'billing', 'provider', 'log'] as const;
export type Victim = (typeof VICTIMS)[number];

/** One blow: SIGKILL, after which the supervisor brings the process back, or SIGSTOP, and SIGCONT after `forMs`. */
export type Blow =
  | { readonly atMs: number; readonly victim: Victim; readonly kind: 'kill' }
  | { readonly atMs: number; readonly victim: Victim; readonly kind: 'pause'; readonly forMs: number };

/** How often each is chosen: those that hold money or carry it come first. */
const WEIGHTS: Readonly<Record<Victim, number>> = {
  gateway: 5,
  'gateway-2': 5,
  projector: 5,
  nats: 4,
  postgres: 3,
  clickhouse: 3,
  billing: 2,
  provider: 1,
  log: 1,
};

/** The system is left alone at first, so that there is something to hurt. */
const FIRST_MS = 4_000;
const GAP_MIN_MS = 1_500;
const GAP_MAX_MS = 6_000;
const PAUSE_MIN_MS = 200;
/** Longer than the heartbeat's 5 s and the projector's 3 s of patience, shorter than a hold's life in these runs. */
const PAUSE_MAX_MS = 8_000;
const PAUSES_OF_TEN = 4;

/**
 * Now and then a gateway dies while NATS does not answer: what it has given out and not recorded is lost then. A settlement takes two
 * milliseconds otherwise, and a gateway that gives the last byte out too early would hardly ever be killed just then.
 */
const PAIRS_OF_TEN = 2;
const PAIR_PAUSE_MS = 3_500;
const PAIR_KILL_AFTER_MIN_MS = 400;
const PAIR_KILL_AFTER_MAX_MS = 3_000;

/** The blows of a run of `durationMs`, in order of time. Pauses end before the run does. */
export function makePlan(input: { readonly seed: number; readonly durationMs: number }): readonly Blow[] {
  const next = createSeededNumbers(input.seed);
  const between = (low: number, high: number): number => Math.round(low + next() * (high - low));
  const bag = VICTIMS.flatMap((victim) => Array.from({ length: WEIGHTS[victim] }, () => victim));
  const blows: Blow[] = [];
  for (let atMs = FIRST_MS; atMs < input.durationMs; atMs += between(GAP_MIN_MS, GAP_MAX_MS)) {
    const victim = bag[Math.floor(next() * bag.length)] ?? 'gateway';
    const isPause = next() * 10 < PAUSES_OF_TEN;
    const forMs = between(PAUSE_MIN_MS, PAUSE_MAX_MS);
    const isPair = next() * 10 < PAIRS_OF_TEN;
    const killAtMs = atMs + between(PAIR_KILL_AFTER_MIN_MS, PAIR_KILL_AFTER_MAX_MS);
    const dying = next() < 0.5 ? 'gateway' : 'gateway-2';
    if (isPair && atMs + PAIR_PAUSE_MS < input.durationMs) {
      blows.push({ atMs, victim: 'nats', kind: 'pause', forMs: PAIR_PAUSE_MS }, { atMs: killAtMs, victim: dying, kind: 'kill' });
    } else
      blows.push(
        isPause ? { atMs, victim, kind: 'pause', forMs: Math.min(forMs, input.durationMs - atMs) } : { atMs, victim, kind: 'kill' },
      );
  }
  return blows.toSorted((a, b) => a.atMs - b.atMs);
}
