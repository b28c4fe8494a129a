/**
 * Holds every book of the system against the others: what the simulated provider charged, the events in NATS, the rows in Postgres, the values
 * in KV, the rows in ClickHouse. Each is read by itself, with the rights of an operator and an analyst, never through the product's services.
 */
import { readFileSync } from 'node:fs';
import { systemClock } from '@lurus/base/clock';
import { bestPattern } from '@lurus/base/pattern';
import type { TokenUsage } from '@lurus/base/token-usage';
import type { usageSettled } from '@lurus/events/catalogue/billing';
import { openJournal } from '@lurus/journal/connect';
import type { JournalConnection, Mirror } from '@lurus/journal/journal';
import { rate } from '@lurus/pricing/rate';
import { type ClickHouse, openClickHouse } from '@lurus/projection/clickhouse/open-clickhouse';
import { openPostgres, type Postgres } from '@lurus/projection/postgres/open-postgres';
import { homeAt } from '@lurus/stack/home';
import type { ReadyFile } from '@lurus/stack/ready-file';
import { billingEvents } from '@lurus/streams/billing-events';
import { balancesBucket, pricesBucket } from '@lurus/streams/buckets';
import { z } from 'zod';
import { clearSimulatorBook, readSimulatorBook, type SimulatorEntry } from './simulator-book.ts';

type Settled = z.output<typeof usageSettled.data>;
type Price = z.output<typeof pricesBucket.value>;
type Balance = z.output<typeof balancesBucket.value>;

/** The books of one running system. */
export interface Books {
  /** What the simulator was asked since `clear`. */
  readonly provider: () => Promise<readonly SimulatorEntry[]>;
  readonly clear: () => Promise<void>;
  /**
   * Everything in which the books differ about the requests that the simulator was asked since `clear`, as sentences; empty where they agree.
   * Waits until the views have caught up.
   */
  readonly differences: () => Promise<readonly string[]>;
  /** How a request ended in the books of money: every event about it in order, and the settlement if it has one. Waits for the end. */
  readonly endingOf: (requestId: string) => Promise<RequestEnding>;
  /** Events about money that NATS keeps. */
  readonly moneyEvents: () => Promise<number>;
  readonly close: () => Promise<void>;
}

/** The events about one request, by name, and the last of them. */
export interface RequestEnding {
  readonly events: readonly string[];
  /** Of `usage.settled` or `hold.released`; undefined where neither came in time. */
  readonly reason: string | undefined;
  readonly settled: Settled | undefined;
}

interface Readers {
  readonly simulatorUrl: string;
  readonly journal: JournalConnection;
  readonly postgres: Postgres;
  readonly clickhouse: ClickHouse;
  readonly prices: Mirror<Price>;
  readonly balances: Mirror<Balance>;
}

const CATCH_UP_MS = 15_000; // Views are milliseconds behind; on two busy cores a first batch to ClickHouse took seconds.
const POLL_MS = 50;
const DEMO = 'demo'; // The tenant of the key that tests use.
const Seeds = z.looseObject({ nats_seeds: z.looseObject({ operator: z.string() }) });
const silent = { info: () => {}, warn: () => {}, error: () => {} };

/** Opens the books of a running system. `home` is its LURUS_HOME, absolute. */
export async function openBooks(input: { readonly ready: ReadyFile; readonly home: string }): Promise<Books> {
  const { ready } = input;
  const secrets = Seeds.parse(JSON.parse(readFileSync(homeAt(input.home).secrets, 'utf8')));
  const journal = await openJournal({
    url: ready.nats,
    seed: secrets.nats_seeds.operator,
    processName: 'operator',
    instance: 'books',
    clock: systemClock,
    log: silent,
    needsDurableServer: false, // It only reads.
  });
  const readers: Readers = {
    simulatorUrl: ready.simulator,
    journal,
    postgres: openPostgres(ready.postgres, { applicationName: 'books', connectionsMax: 2 }),
    clickhouse: openClickHouse(ready.clickhouse),
    prices: await journal.mirror(pricesBucket),
    balances: await journal.mirror(balancesBucket),
  };
  return {
    provider: () => readSimulatorBook(ready.simulator),
    clear: () => clearSimulatorBook(ready.simulator),
    differences: () => differences(readers),
    endingOf: (requestId) => endingOf(readers, requestId),
    moneyEvents: async () => (await journal.streamState(billingEvents)).messages,
    close: async () => {
      await Promise.all([readers.postgres.close(), readers.clickhouse.close(), journal.close()]);
    },
  };
}

/** Only what was generated costs money: counting tokens is free, and an error status is no answer. */
const isCharged = (entry: SimulatorEntry): boolean => entry.operation === 'generate' && entry.status === 200;

async function differences(readers: Readers): Promise<readonly string[]> {
  const entries = await settledBook(readers.simulatorUrl);
  const charged = new Map(entries.filter(isCharged).map((entry) => [entry.id, entry])); // The last attempt of each request counts.
  const found: string[] = [];
  const wallets = new Set<string>();
  for (const entry of charged.values()) {
    const attempts = entries.filter(({ id, operation }) => id === entry.id && operation === 'generate').length;
    const settled = await settlementOf(readers, entry.id);
    if (!settled) found.push(`${entry.id}: the provider charged it, and within ${CATCH_UP_MS} ms no settlement stands in Postgres`);
    else {
      found.push(...requestDifferences(readers, { entry, settled }), ...(await clickHouseDifferences(readers, { settled, attempts })));
      wallets.add(settled.event.walletId);
    }
  }
  for (const walletId of wallets) found.push(...(await walletDifferences(readers, walletId)));
  return found;
}

/** The book once nothing in it is still being sent. */
async function settledBook(simulatorUrl: string): Promise<readonly SimulatorEntry[]> {
  const closed = await until(async () => {
    const entries = await readSimulatorBook(simulatorUrl);
    return entries.every(({ ending }) => ending !== 'open') ? entries : undefined;
  });
  return closed ?? readSimulatorBook(simulatorUrl);
}

interface TransactionRow {
  readonly sequence: number;
  readonly event_name: string;
  readonly wallet_id: string;
  readonly amount_nanos: bigint;
}

interface Settlement {
  readonly event: Settled;
  readonly sequence: number;
  readonly rows: readonly TransactionRow[];
}

/** What Postgres says about a request once it has ended; what there is where it does not end in time. */
async function transactionsOf({ postgres }: Readers, requestId: string): Promise<readonly TransactionRow[]> {
  const select = 'select sequence, event_name, wallet_id, amount_nanos from transactions where request_id = $1 order by sequence';
  let rows: readonly TransactionRow[] = [];
  await until(async () => {
    rows = (await postgres.query<TransactionRow>(select, [requestId])).rows;
    return rows.some(({ event_name: name }) => name !== 'hold.placed') ? rows : undefined;
  });
  return rows;
}

/** What Postgres says about a request, and the event itself as NATS keeps it at the sequence that Postgres names. */
async function settlementOf(readers: Readers, requestId: string): Promise<Settlement | undefined> {
  const rows = await transactionsOf(readers, requestId);
  const row = rows.find(({ event_name: name }) => name === 'usage.settled');
  if (!row) return undefined;
  const delivery = await readers.journal.eventAt(billingEvents, row.sequence);
  if (delivery?.outcome !== 'event' || delivery.event.name !== 'usage.settled') return undefined;
  return { rows, sequence: row.sequence, event: delivery.event.data as Settled }; // The catalogue decoded it by that name.
}

async function endingOf(readers: Readers, requestId: string): Promise<RequestEnding> {
  const rows = await transactionsOf(readers, requestId);
  const last = rows.at(-1);
  const delivery = last && (await readers.journal.eventAt(billingEvents, last.sequence));
  const event = delivery?.outcome === 'event' ? delivery.event : undefined;
  return {
    events: rows.map(({ event_name: name }) => name),
    reason: z.looseObject({ reason: z.string() }).safeParse(event?.data).data?.reason,
    settled: event?.name === 'usage.settled' ? (event.data as Settled) : undefined, // The catalogue decoded it by that name.
  };
}

const CLASSES = [
  'inputTokens',
  'cacheReadTokens',
  'cacheWrite5mTokens',
  'cacheWrite1hTokens',
  'outputTokens',
  'reasoningTokens',
] as const satisfies readonly (keyof TokenUsage)[];

function requestDifferences(readers: Readers, input: { readonly entry: SimulatorEntry; readonly settled: Settlement }): string[] {
  const { entry, settled } = input;
  const { event, rows, sequence } = settled;
  const say = (what: string, ours: unknown, theirs: unknown): string[] =>
    ours === theirs ? [] : [`${entry.id}: ${what} is ${String(ours)} and should be ${String(theirs)}`];
  const prices = Array.from(readers.prices.entries(), ([, price]) => price).filter(
    (price) => price.tenantId === DEMO && !price.isWithdrawn,
  );
  const price = prices.find((candidate) => candidate.priceVersion === event.priceVersion);
  const pattern = bestPattern(
    prices.map(({ model }) => model),
    event.model,
  );
  const row = rows.find((candidate) => candidate.sequence === sequence);
  return [
    ...CLASSES.flatMap((name) => say(`${name} of the event`, event[name], entry.charged[name])),
    ...say('the price pattern of the event', price?.model, pattern),
    ...(price ? say('the amount of the event', event.amountNanos, rate({ usage: entry.charged, price }).amountNanos) : []),
    ...say('the sum of the lines of the event', sumOf(event.lines), event.amountNanos),
    ...say('the amount in Postgres', row?.amount_nanos, event.amountNanos),
    ...say('what Postgres has about the request', rows.map(({ event_name: name }) => name).join(), 'hold.placed,usage.settled'),
  ];
}

const sumOf = (lines: Settled['lines']): bigint => lines.reduce((sum, { amountNanos }) => sum + amountNanos, 0n);

interface LedgerRow {
  readonly sequence: string;
  readonly event_name: string;
  readonly amount_nanos: string;
}

const CLICKHOUSE_CLASSES = `toString(input_tokens) AS inputTokens, toString(cache_read_tokens) AS cacheReadTokens,
  toString(cache_write5m_tokens) AS cacheWrite5mTokens, toString(cache_write1h_tokens) AS cacheWrite1hTokens,
  toString(output_tokens) AS outputTokens, toString(reasoning_tokens) AS reasoningTokens, toString(amount_nanos) AS amount_nanos`;

type ClassTexts = Readonly<Record<(typeof CLASSES)[number] | 'amount_nanos', string>>;

async function clickHouseDifferences(
  { clickhouse }: Readers,
  { settled, attempts }: { readonly settled: Settlement; readonly attempts: number },
): Promise<string[]> {
  const { event, rows } = settled;
  const id = event.requestId;
  const where = 'WHERE request_id = {id:String}';
  const select = `SELECT toString(sequence) AS sequence, event_name, toString(amount_nanos) AS amount_nanos FROM ledger_log ${where} ORDER BY ledger_log.sequence`;
  const ledger = await until(async () => {
    const found = await clickhouse.query<LedgerRow>(select, { id });
    return found.length >= rows.length ? found : undefined;
  });
  const logged = await until(async () => {
    const found = await clickhouse.query<ClassTexts>(`SELECT ${CLICKHOUSE_CLASSES} FROM request_log ${where}`, { id });
    return found.length > 0 ? found : undefined;
  });
  const tried = await clickhouse.query(`SELECT attempt FROM request_attempts ${where}`, { id });
  const say = (what: string, ours: string, theirs: string): string[] =>
    ours === theirs ? [] : [`${id}: ${what} is ${ours} and should be ${theirs}`];
  const asText = (entry: LedgerRow): string => `${entry.event_name} ${entry.amount_nanos} at ${entry.sequence}`;
  const expected = rows.map((row) =>
    asText({ event_name: row.event_name, amount_nanos: String(row.amount_nanos), sequence: String(row.sequence) }),
  );
  const inLog = (logged ?? [])
    .map((row) =>
      CLASSES.map((name) => row[name])
        .concat(row.amount_nanos)
        .join(' '),
    )
    .join(' and ');
  return [
    ...say('the ledger in ClickHouse', (ledger ?? []).map(asText).join(', '), expected.join(', ')),
    ...say('the request log in ClickHouse', inLog, [...CLASSES.map((name) => String(event[name])), event.amountNanos].join(' ')),
    ...say('the number of attempts in ClickHouse', String(tried.length), String(attempts)),
  ];
}

interface WalletRow {
  readonly available_nanos: bigint;
  readonly held_nanos: bigint;
  readonly sequence: number;
  readonly available_sum: bigint;
  readonly held_sum: bigint;
}

/** The wallet in Postgres is the sum of its transactions, and the balance that gateways see in KV is that wallet. */
async function walletDifferences({ postgres, balances }: Readers, walletId: string): Promise<string[]> {
  const select = `select available_nanos, held_nanos, wallets.sequence, sums.available_sum, sums.held_sum from wallets,
    (select sum(available_delta)::numeric as available_sum, sum(held_delta)::numeric as held_sum from transactions where wallet_id = $1) as sums
    where wallet_id = $1`;
  let said: string[] = [`wallet ${walletId} is in no view`];
  await until(async () => {
    const row = (await postgres.query<WalletRow>(select, [walletId])).rows[0];
    const balance = balances.get(walletId);
    if (!row || balance?.kind !== 'balance') return undefined;
    const say = (what: string, ours: bigint | number, theirs: bigint | number): string[] =>
      ours === theirs ? [] : [`wallet ${walletId}: ${what} is ${ours} and should be ${theirs}`];
    said = [
      ...say('available in Postgres', row.available_nanos, row.available_sum),
      ...say('held in Postgres', row.held_nanos, row.held_sum),
      ...say('held', row.held_nanos, 0n),
      ...say('available in KV', balance.availableNanos, row.available_nanos),
      ...say('held in KV', balance.heldNanos, row.held_nanos),
      ...say('the sequence in KV', balance.sequence, row.sequence),
    ];
    return said.length === 0 ? said : undefined;
  });
  return said;
}

/** Asks again until there is an answer; undefined where there is none in time. */
async function until<T>(ask: () => Promise<T | undefined>): Promise<T | undefined> {
  for (const giveUpMs = performance.now() + CATCH_UP_MS; ;) {
    const answer = await ask();
    if (answer !== undefined || performance.now() > giveUpMs) return answer;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
