/** One run: load and blows for a while, then peace, then judgement. */
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '@lurus/base/clock';
import { openJournal } from '@lurus/journal/connect';
import type { JournalConnection } from '@lurus/journal/journal';
import { type Verification, verifyLedger } from '@lurus/ledger/verify';
import { openClickHouse } from '@lurus/projection/clickhouse/open-clickhouse';
import { openPostgres, type Postgres } from '@lurus/projection/postgres/open-postgres';
import { createSeededNumbers } from '@lurus/projection/seeded';
import { serviceCaller } from '@lurus/stack/service-call';
import { z } from 'zod';
import type { Arena } from './arena.ts';
import { checkRun, type Counts, type Violation } from './check-run.ts';
import { type JournalLine, runClient } from './client.ts';
import type { Blow } from './plan.ts';
import { type Credit, runTeller } from './teller.ts';
import { copyBook, readLedger } from './witnesses.ts';

/** What a run is made of. */
export interface RunInput {
  readonly arena: Arena;
  readonly plan: readonly Blow[];
  readonly seed: number;
  readonly durationMs: number;
  readonly clients: number;
  readonly onNote: (message: string) => void;
}

/** What came of a run. */
export interface RunResult {
  readonly violations: readonly Violation[];
  readonly counts: Counts;
  readonly verification: Verification;
  readonly lines: readonly JournalLine[];
  readonly credits: number;
  /** From the end of the last blow until nothing was held and every view was level with its stream. */
  readonly quiesceMs: number;
}

/** After the last blow all is well within this long; it contains the life of a hold, its grace of 5 s and a supervisor's longest pause of 10 s. */
const QUIESCE_LIMIT_MS = 60_000;
const POLL_MS = 500;
/** The simulator keeps 10,000 answers. */
const BOOK_EVERY_MS = 20_000;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Runs and judges. Throws where the system cannot be set up or read at all. */
export async function runOnce(input: RunInput): Promise<RunResult> {
  const { arena, onNote } = input;
  const keys = await openAccounts(arena);
  const loaded = await underFire(input, keys);
  const restMs = performance.now();
  await arena.allUp();
  const connection = await openJournal({
    url: arena.ready.nats,
    seed: arena.secrets.nats_seeds['operator'] ?? '',
    processName: 'operator',
    instance: 'faults',
    clock: systemClock,
    log: silent,
    needsDurableServer: false, // It only reads.
  });
  const postgres = openPostgres(arena.ready.postgres, { connectionsMax: 2 });
  const clickhouse = openClickHouse(arena.ready.clickhouse);
  try {
    const isQuiet = await untilQuiet({ arena, postgres, untilMs: restMs + QUIESCE_LIMIT_MS });
    const quiesceMs = performance.now() - restMs;
    onNote(`quiet after ${Math.round(quiesceMs)} ms`);
    const verification = await verifyLedger({
      connection,
      postgres,
      clickhouse,
      askClaims: () => askClaims(arena),
      clock: systemClock,
      quiesceLimitMs: 1_000, // It is quiet already, or the run has failed by that.
      onProgress: () => undefined,
    });
    // Not before: an answer whose client left may have been read to its end after all clients were done.
    await loaded.book.read();
    const judged = checkRun({ ...loaded, book: loaded.book.byRequest(), ledger: await readLedger(connection) });
    const late: Violation[] = isQuiet ? [] : [{ promise: 'all is level within 60 s', says: await stateOf(arena, postgres) }];
    const found = verification.findings.map(({ place, stream, sequence, eventId, key, says }) => ({
      promise: 'every book agrees',
      says: `${place} ${key} at ${stream} ${sequence} ${eventId}: ${says}`,
    }));
    return {
      violations: [...late, ...judged.violations, ...found],
      counts: judged.counts,
      verification,
      lines: loaded.lines,
      credits: loaded.credits.length,
      quiesceMs,
    };
  } finally {
    await close({ connection, postgres });
    await clickhouse.close();
  }
}

const close = async (open: { readonly connection: JournalConnection; readonly postgres: Postgres }): Promise<void> => {
  await Promise.all([open.connection.close(), open.postgres.close()]);
};

const KeySchema = z.object({ key: z.string() });
/** Every seventh client is the poor one's: who is refused most of the time is no load. */
const POOR_EVERY = 7;
/** The last one has next to nothing and lives on what the teller brings. */
const ACCOUNTS = [
  { user: 'rich', amountUsd: '50' },
  { user: 'well-off', amountUsd: '5' },
  { user: 'poor', amountUsd: '0.01' },
] as const;

async function openAccounts(arena: Arena): Promise<readonly string[]> {
  const billing = serviceCaller({ url: arena.ready.billing, adminToken: arena.ready.admin_token });
  const keys: string[] = [];
  for (const { user, amountUsd } of ACCOUNTS) {
    await billing({ method: 'POST', path: '/v1/users', body: { name: user, tenant: 'demo' } });
    await billing({
      method: 'POST',
      path: '/v1/credits',
      body: { user, tenant: 'demo', amount_usd: amountUsd, reference: `opening ${user}` },
    });
    keys.push(KeySchema.parse((await billing({ method: 'POST', path: '/v1/keys', body: { user, tenant: 'demo' } })).body).key);
  }
  return keys;
}

/** The load and the blows, side by side, until the time is over and every client has ended its last request. */
async function underFire(input: RunInput, keys: readonly string[]) {
  const { arena, plan, seed, durationMs, onNote } = input;
  const startedMs = performance.now();
  const isOver = (): boolean => performance.now() - startedMs >= durationMs;
  const lines: JournalLine[] = [];
  const credits: Credit[] = [];
  const book = copyBook(arena.ready.simulator);
  const journal = openJournals(arena.folder);
  const onLine = (line: JournalLine): void => {
    lines.push(line);
    journal.write(`${JSON.stringify(line)}\n`);
  };
  const clients = Array.from({ length: input.clients }, (_, index) => {
    const next = createSeededNumbers(seed * 1_000 + index);
    return runClient({
      client: index + 1,
      gateways: arena.gateways,
      key: keys[index % POOR_EVERY === POOR_EVERY - 1 ? 2 : index % 2] ?? '',
      next,
      isOver,
      onLine,
    });
  });
  const { billing, admin_token: adminToken } = arena.ready;
  const teller = runTeller({ billing, adminToken, user: 'poor', isOver, onCredit: (credit) => credits.push(credit) });
  const reading = readBook(book, isOver);
  await Promise.all(plan.map((blow) => strikeLater({ blow, arena, startedMs, onNote })));
  await Promise.all([...clients, teller, reading]);
  onNote('the clients are done');
  journal.end();
  return { lines, credits, book };
}

function openJournals(folder: string) {
  mkdirSync(join(folder, 'journals'), { recursive: true });
  return createWriteStream(join(folder, 'journals', 'clients.ndjson'));
}

async function readBook(book: { readonly read: () => Promise<void> }, isOver: () => boolean): Promise<void> {
  for (let waitedMs = 0; !isOver(); waitedMs += POLL_MS) {
    await pause(POLL_MS);
    if (waitedMs % BOOK_EVERY_MS === 0) await book.read();
  }
}

async function strikeLater(input: {
  readonly blow: Blow;
  readonly arena: Arena;
  readonly startedMs: number;
  readonly onNote: RunInput['onNote'];
}): Promise<void> {
  const { blow, arena, startedMs, onNote } = input;
  await pause(Math.max(0, blow.atMs - (performance.now() - startedMs)));
  onNote(blow.kind === 'kill' ? `kill ${blow.victim}` : `pause ${blow.victim} for ${blow.forMs} ms`);
  await arena.strike(blow);
}

const ClaimsSchema = z.object({
  projections: z.array(
    z.object({
      name: z.string(),
      error: z.string().nullable(),
      partitions: z.array(z.object({ stream: z.string(), partition: z.number(), position: z.number(), lag_events: z.number() })),
    }),
  ),
});

async function projectionsOf({ ready }: Arena): Promise<z.output<typeof ClaimsSchema>['projections']> {
  const projector = serviceCaller({ url: ready.projector, adminToken: ready.admin_token });
  return ClaimsSchema.parse((await projector({ method: 'GET', path: '/v1/projections' })).body).projections;
}

async function askClaims(arena: Arena) {
  return (await projectionsOf(arena)).flatMap(({ name, partitions }) =>
    partitions.map(({ stream, partition, position, lag_events: lag }) => ({ projection: name, stream, partition, position, lag })),
  );
}

const openHolds = async (postgres: Postgres): Promise<number> =>
  (await postgres.query<{ readonly open: number }>('select count(*) as open from holds')).rows[0]?.open ?? 0;

/** Nothing is held and nothing waits. A back end that has just come back may refuse a question. */
async function untilQuiet(input: { readonly arena: Arena; readonly postgres: Postgres; readonly untilMs: number }): Promise<boolean> {
  for (; performance.now() < input.untilMs; await pause(POLL_MS)) {
    try {
      const lag = (await askClaims(input.arena)).reduce((sum, claim) => sum + claim.lag, 0);
      if (lag === 0 && (await openHolds(input.postgres)) === 0) return true;
    } catch {
      continue;
    }
  }
  return false;
}

async function stateOf(arena: Arena, postgres: Postgres): Promise<string> {
  const behind = (await projectionsOf(arena)).map(({ name, error, partitions }) => {
    const lag = partitions.reduce((sum, { lag_events }) => sum + lag_events, 0);
    return `${name} ${lag} behind${error === null ? '' : ` (${error})`}`;
  });
  return `${await openHolds(postgres)} holds are open; ${behind.join(', ')}`;
}
