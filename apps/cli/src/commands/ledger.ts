import { Problem } from '@lurus/base/problem';
import { formatDollars, nanos } from '@lurus/base/money';
import { toWire } from '@lurus/events/wire';
import { openJournal } from '@lurus/journal/connect';
import { type Verification, verifyLedger } from '@lurus/ledger/verify';
import { openClickHouse } from '@lurus/projection/clickhouse/open-clickhouse';
import { openPostgres } from '@lurus/projection/postgres/open-postgres';
import { operatorProcess } from '@lurus/streams/processes';
import type { Command } from 'commander';
import { CliFailure, EXIT } from '../cli-failure.ts';
import { positiveInteger } from '../option-values.ts';
import { fetchProjections, readProjections } from '../projection-status.ts';
import { requireNatsSeed } from '../secrets-file.ts';
import { openSession, type Session } from '../session.ts';
import type { Surroundings } from '../surroundings.ts';
import type { Ready } from '../system.ts';

const HELP = `
Folds BILLING_EVENTS by rules of its own and compares every wallet, hold and transaction in Postgres, the balances in KV, and the ledger,
the hourly usage and the request log in ClickHouse with it. Reads only, as operator and analyst. Exit code 1 where anything differs;
the first wrong event stands on top.

Example:
  $ lurus ledger verify && echo "every book agrees"
`;

/** Views are milliseconds behind as a rule; after an outage they catch up at thousands of events a second. */
const QUIESCE_SECONDS = 60;
/** Lines for people; --json has them all. */
const FINDINGS_SHOWN = 20;

/** `lurus ledger verify` */
export function addLedgerCommands(program: Command, surroundings: Surroundings): void {
  const ledger = program.command('ledger').description('the books of money, checked against the stream they come from');
  ledger
    .command('verify')
    .description('fold the stream of money independently and compare every view with it, to the nano-dollar')
    .option(
      '--wait <seconds>',
      'longest wait for views that are behind; then they are compared where they are',
      positiveInteger,
      QUIESCE_SECONDS,
    )
    .addHelpText('after', HELP)
    .action(async (options: { readonly wait: number }, command: Command) => {
      const session = openSession(command, surroundings);
      const verification = await verify({ session, surroundings, waitMs: options.wait * 1_000 });
      session.show(toWire(verification), () => render(verification));
      if (verification.differences > 0) throw differs(verification);
    });
}

const differs = ({ differences, findings }: Verification): CliFailure =>
  new CliFailure({
    exit: EXIT.failed,
    code: 'ledger_differs',
    what: `${differences} ${differences === 1 ? 'difference' : 'differences'}; the first: ${findings[0]?.says ?? ''}.`,
    fix: 'The stream is the truth: docs/operations/ledger-verify.md says how to tell what is wrong and how to make a view anew.',
  });

function readyOf({ system }: Session): Ready {
  if (system.ready) return system.ready;
  throw new CliFailure({
    exit: EXIT.notRunning,
    code: 'not_running',
    what: 'No running system was found.',
    why: `${system.home}/ready.json does not exist.`,
    fix: 'Run "npm start" first, or name its folder with --home.',
  });
}

async function verify(input: {
  readonly session: Session;
  readonly surroundings: Surroundings;
  readonly waitMs: number;
}): Promise<Verification> {
  const { session, surroundings, waitMs } = input;
  const ready = readyOf(session);
  const postgres = openPostgres(ready.postgres, { applicationName: 'lurus ledger verify', connectionsMax: 2 });
  const clickhouse = openClickHouse(ready.clickhouse);
  try {
    const connection = await openJournal({
      url: ready.nats,
      seed: requireNatsSeed(session.system.home, operatorProcess.name),
      processName: operatorProcess.name,
      instance: 'ledger',
      clock: surroundings.clock,
      log: { info: () => undefined, warn: (_fields, message) => session.note(message), error: (_fields, message) => session.note(message) },
      needsDurableServer: false, // It only reads.
    });
    try {
      return await verifyLedger({
        connection,
        postgres,
        clickhouse,
        askClaims: () => askClaims(session),
        clock: surroundings.clock,
        quiesceLimitMs: waitMs,
        onProgress: session.note,
      });
    } finally {
      await connection.close();
    }
  } catch (error) {
    throw error instanceof Problem ? failureOf(error) : error;
  } finally {
    await Promise.all([postgres.close(), clickhouse.close()]);
  }
}

function failureOf(problem: Problem): CliFailure {
  const { code, kind, message, fix } = problem.details;
  return new CliFailure({ exit: kind === 'unavailable' ? EXIT.notRunning : EXIT.failed, code, what: message, fix }, { cause: problem });
}

async function askClaims(session: Session) {
  return readProjections(await fetchProjections(session)).flatMap(({ name, partitions }) =>
    partitions.map(({ stream, partition, position, lag_events: lag }) => ({ projection: name, stream, partition, position, lag })),
  );
}

function render(verification: Verification): string {
  const { sequence, wallets, openHolds, settlements, requests, spentNanos, lostNanos, deviations, differences, findings } = verification;
  const counted = Object.entries(deviations).map(([name, count]) => `${count} ${name}`);
  const shown = findings.slice(0, FINDINGS_SHOWN).map(({ place, stream, sequence: at, eventId, key, says }) => {
    const where = at === 0 ? 'no event' : `${stream} ${at} ${eventId}`;
    return `${place}  ${where}  ${key}\n    ${says}\n`;
  });
  return [
    ...shown,
    differences > shown.length ? `and ${differences - shown.length} more (--json lists up to 1000)\n` : '',
    `${sequence} events, ${wallets} wallets, ${settlements} settlements, ${openHolds} open holds, ${requests} requests in the log\n`,
    `$${formatDollars(nanos(spentNanos))} spent, $${formatDollars(nanos(lostNanos))} lost to the house\n`,
    counted.length === 0 ? '' : `events that did something else than their name says: ${counted.join(', ')}\n`,
    differences === 0 ? 'every book agrees\n' : `${differences} ${differences === 1 ? 'difference' : 'differences'}\n`,
  ].join('');
}
