/**
 * `lurus ledger verify`: the stream of money folded a second time and every view held against it, to the nano-dollar.
 *
 * The views may be behind, and the system may run meanwhile. So first their positions are awaited, then the views that are overwritten in
 * place are read at one moment, then the stream is read to where it ends by then. Whatever a row says that it is true at, there it is compared.
 */
import type { Clock } from '@lurus/base/clock';
import type { pricePublished } from '@lurus/events/catalogue/provider';
import type { EventOf, RecordedEvent } from '@lurus/events/event';
import { PARTITIONS, type StreamDefinition } from '@lurus/events/stream';
import type { Delivery, JournalConnection } from '@lurus/journal/journal';
import type { ClickHouse } from '@lurus/projection/clickhouse/open-clickhouse';
import type { Postgres } from '@lurus/projection/postgres/open-postgres';
import { billingEvents } from '@lurus/streams/billing-events';
import { balancesBucket } from '@lurus/streams/buckets';
import { llmEvents } from '@lurus/streams/llm-events';
import { providerEvents } from '@lurus/streams/provider-events';
import { checkBalances, readBalances } from './check-balances.ts';
import { checkClickHouse } from './check-clickhouse.ts';
import { checkPostgres, readPostgres, transactionOf, type Wanted } from './check-postgres.ts';
import { checkRequests } from './check-requests.ts';
import { type AskClaims, awaitClaims, type ClaimOf } from './claims.ts';
import { closingFindings } from './closing.ts';
import { type Finding, Findings } from './finding.ts';
import type { MoneyEvent, Movement } from './movement.ts';
import { Oracle } from './oracle.ts';
import { type DiskPast, openDiskPast } from './past.ts';
import { faultOfLines, faultOfPrice } from './rerate.ts';

/** Everything that a verification reads. Nothing is written anywhere. */
export interface VerifyInput {
  /** With the rights of an operator. */
  readonly connection: JournalConnection;
  /** With the rights of an analyst, as are those of ClickHouse. */
  readonly postgres: Postgres;
  readonly clickhouse: ClickHouse;
  readonly askClaims: AskClaims;
  readonly clock: Clock;
  /** Longest wait for views that are behind; then they are compared where they are. */
  readonly quiesceLimitMs: number;
  readonly onProgress: (message: string) => void;
}

/** What a verification came to. */
export interface Verification {
  /** Sequence of BILLING_EVENTS up to which it was folded. */
  readonly sequence: number;
  readonly wallets: number;
  readonly openHolds: number;
  readonly settlements: number;
  /** Endings in the request log that were compared. */
  readonly requests: number;
  /** Events that did something else than their name says, by why: `short`, `late`, `repeated`, `unheld`. No faults by themselves. */
  readonly deviations: Readonly<Record<string, number>>;
  readonly spentNanos: bigint;
  readonly lostNanos: bigint;
  readonly differences: number;
  /** The first of them by place in the stream. */
  readonly findings: readonly Finding[];
}

/** Events compared with rows at once: a few thousand rows of each view in memory. */
const CHUNK_EVENTS = 10_000;
/** A chunk is told of no more often. */
const PROGRESS_EVENTS = 50_000;

interface Run extends VerifyInput {
  readonly findings: Findings;
  readonly past: DiskPast;
  readonly oracle: Oracle;
  readonly prices: ReadonlyMap<string, EventOf<typeof pricePublished>['data']>;
  readonly deviations: Record<string, number>;
  settlements: number;
}

/** Verifies once. Throws what its readers throw when a back end is away. */
export async function verifyLedger(input: VerifyInput): Promise<Verification> {
  const past = openDiskPast();
  try {
    const findings = new Findings();
    const oracle = new Oracle(past, findings.add);
    const run: Run = { ...input, findings, past, oracle, prices: await readPrices(input.connection), deviations: {}, settlements: 0 };
    return await verify(run);
  } finally {
    past.close();
  }
}

async function verify(run: Run): Promise<Verification> {
  const { connection, findings, oracle } = run;
  const claimOf = await claims(run);
  const mirror = await connection.mirror(balancesBucket);
  const balances = checkBalances({ snapshot: readBalances(mirror), onFinding: findings.add });
  await mirror.close();
  const postgres = checkPostgres({ postgres: run.postgres, snapshot: await readPostgres(run.postgres), claimOf, onFinding: findings.add });
  const clickhouse = checkClickHouse({ clickhouse: run.clickhouse, claim: lowest(claimOf, 'usage_hourly'), onFinding: findings.add });
  // In this order: what the log says of a charge, the ledger must know by then.
  const llmEnd = (await connection.streamState(llmEvents)).lastSequence;
  const { lastSequence: sequence } = await connection.streamState(billingEvents);
  let told = 0;
  for await (const chunk of chunks<MoneyEvent>(run, billingEvents, sequence)) {
    const wanted: Wanted[] = [];
    for (const event of chunk.events) {
      const movement = oracle.apply(event);
      note(run, movement);
      for (const check of [balances, postgres, clickhouse]) check.after(movement);
      wanted.push(transactionOf(movement));
    }
    run.past.commit();
    await postgres.transactions({ ...chunk, wanted });
    await clickhouse.ledger(chunk);
    if (chunk.last - told >= PROGRESS_EVENTS) run.onProgress(`${chunk.last} of ${sequence} events, ${findings.count} differences`);
    if (chunk.last - told >= PROGRESS_EVENTS) told = chunk.last;
  }
  postgres.holds(oracle);
  postgres.finish();
  balances.finish();
  await clickhouse.hours();
  for (const finding of closingFindings(oracle, run.clock.nowMs())) findings.add(finding);
  const requests = await verifyRequests(run, { end: llmEnd, claim: lowest(claimOf, 'request_log') });
  return resultOf(run, { sequence, requests });
}

function resultOf(run: Run, counts: { readonly sequence: number; readonly requests: number }): Verification {
  const accounts = [...run.oracle.accounts.values()];
  return {
    ...counts,
    wallets: accounts.length,
    openHolds: run.oracle.open.size,
    settlements: run.settlements,
    deviations: run.deviations,
    spentNanos: accounts.reduce((sum, { spent }) => sum + spent, 0n),
    lostNanos: accounts.reduce((sum, { lost }) => sum + lost, 0n),
    differences: run.findings.count,
    findings: run.findings.sorted(),
  };
}

async function claims(run: Run): Promise<ClaimOf> {
  const billing = (await run.connection.streamState(billingEvents)).lastSequence;
  const llm = (await run.connection.streamState(llmEvents)).lastSequence;
  return awaitClaims({
    ask: run.askClaims,
    heads: {
      wallets: { stream: billingEvents.name, sequence: billing },
      usage_hourly: { stream: billingEvents.name, sequence: billing },
      request_log: { stream: llmEvents.name, sequence: llm },
    },
    limitMs: run.quiesceLimitMs,
    onWaiting: (behind) => run.onProgress(`waiting for ${behind}`),
  });
}

/** The sequence up to which a projection has everything of every partition. */
const lowest = (claimOf: ClaimOf, projection: string): number =>
  Math.min(...Array.from({ length: PARTITIONS }, (_, partition) => claimOf(projection, partition)));

/** Counts what an event was, and rates a charge again. */
function note(run: Run, { event, deviation }: Movement): void {
  if (deviation !== '') run.deviations[deviation] = (run.deviations[deviation] ?? 0) + 1;
  if (event.name !== 'usage.settled') return;
  run.settlements += 1;
  const price = run.prices.get(event.data.priceVersion);
  const fault = faultOfLines(event) ?? (price ? faultOfPrice(event, price) : `its price ${event.data.priceVersion} was never published`);
  if (fault === undefined) return;
  const says = `request ${event.data.requestId}: ${fault}`;
  run.findings.add({ place: 'stream', stream: event.stream, sequence: event.sequence, eventId: event.id, key: 'rating', says });
}

async function readPrices(connection: JournalConnection): Promise<Map<string, EventOf<typeof pricePublished>['data']>> {
  const prices = new Map<string, EventOf<typeof pricePublished>['data']>();
  const { firstSequence, lastSequence } = await connection.streamState(providerEvents);
  for await (const deliveries of connection.read(providerEvents, { fromSequence: firstSequence, toSequence: lastSequence })) {
    for (const delivery of deliveries) {
      if (delivery.outcome !== 'event' || delivery.event.name !== 'price.published') continue;
      prices.set(delivery.event.id, delivery.event.data as EventOf<typeof pricePublished>['data']); // The catalogue decoded it by that name.
    }
  }
  return prices;
}

async function verifyRequests(run: Run, input: { readonly end: number; readonly claim: number }): Promise<number> {
  let endings = 0;
  const check = {
    clickhouse: run.clickhouse,
    claim: input.claim,
    past: run.past,
    isHeld: (requestId: string) => run.oracle.open.has(requestId),
    onFinding: run.findings.add,
  };
  for await (const { events } of chunks<Parameters<typeof checkRequests>[0][number]>(run, llmEvents, input.end)) {
    endings += events.filter(({ name }) => name !== 'request.attempted').length;
    await checkRequests(events, check);
  }
  return endings;
}

/** A run of sequences with the events that stand in it. */
interface Chunk<Event> {
  readonly first: number;
  readonly last: number;
  readonly events: readonly Event[];
}

/** The events of a stream in chunks; what cannot be read, and what is missing in a stream that keeps everything, is a finding. */
async function* chunks<Event extends RecordedEvent>(run: Run, stream: StreamDefinition, end: number): AsyncGenerator<Chunk<Event>> {
  const { firstSequence } = await run.connection.streamState(stream);
  const start = stream.keepDays === 'for ever' ? 1 : Math.max(1, firstSequence);
  let events: Event[] = [];
  let first = start;
  let expected = start;
  for await (const deliveries of run.connection.read(stream, { fromSequence: start, toSequence: end })) {
    for (const delivery of deliveries) {
      const sequence = sequenceOf(delivery);
      if (sequence !== expected && stream.keepDays === 'for ever') {
        run.findings.add(unread(stream, { sequence: expected, eventId: '', says: `messages ${expected} to ${sequence - 1} are missing` }));
      }
      expected = sequence + 1;
      if (delivery.outcome === 'event') events.push(delivery.event as Event); // The stream carries no others.
      else run.findings.add(unread(stream, { sequence, eventId: delivery.eventId ?? '', says: `it is ${delivery.outcome}` }));
    }
    if (events.length < CHUNK_EVENTS) continue;
    yield { first, last: expected - 1, events };
    events = [];
    first = expected;
  }
  if (events.length > 0) yield { first, last: expected - 1, events };
  if (expected <= end)
    run.findings.add(unread(stream, { sequence: expected, eventId: '', says: `messages ${expected} to ${end} are missing` }));
}

const sequenceOf = (delivery: Delivery): number => (delivery.outcome === 'event' ? delivery.event.sequence : delivery.sequence);

const unread = (stream: StreamDefinition, at: { readonly sequence: number; readonly eventId: string; readonly says: string }): Finding => ({
  place: 'stream',
  stream: stream.name,
  key: 'readable',
  ...at,
});
