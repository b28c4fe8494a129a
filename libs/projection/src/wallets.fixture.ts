/** The wallets projection on real back ends, for the runner's tests. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Instant, instantOf, systemClock } from '@lurus/base/clock';
import {
  createIdSource,
  type EventId,
  type KeyId,
  type ProviderId,
  type RequestId,
  type TenantId,
  unchecked,
  type UserId,
  type WalletId,
} from '@lurus/base/ids';
import { nanos } from '@lurus/base/money';
import { holdPlaced, usageSettled, walletCredited } from '@lurus/events/catalogue/billing';
import { type EventDefinition, type EventOf, makeEvent } from '@lurus/events/event';
import type { Appended, JournalConnection } from '@lurus/journal/journal';
import { wallets } from '@lurus/projections/wallets/projection';
import type { TestNats } from '@lurus/testkit/use-nats';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { openPostgres, type Postgres } from './postgres/open-postgres.ts';
import { ALL_PARTITIONS, type Runner, type RunnerOptions, startRunner } from './runner.ts';

const ids = createIdSource(systemClock);
export const newWallet = (): WalletId => unchecked<WalletId>(ids.ulid());
export const newRequest = (): RequestId => unchecked<RequestId>(ids.ulid());
const userId = unchecked<UserId>(ids.ulid());
const keyId = unchecked<KeyId>('Ab3dEf7h');
const priceVersion = unchecked<EventId>(ids.ulid());

/** A settlement without its wallet, request and amount. */
const usage = {
  userId,
  keyId,
  priceVersion,
  attempt: 1,
  dialect: 'anthropic',
  providerId: unchecked<ProviderId>(ids.ulid()),
  provider: 'p',
  model: 'm',
  upstreamModel: 'm',
  servedModel: null,
  isEstimated: false,
  reason: 'complete',
  lines: [],
  inputTokens: 1,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  outputTokens: 1,
  reasoningTokens: 0,
} satisfies Partial<EventOf<typeof usageSettled>['data']>;

/** What a test may do to wallets. */
export interface WalletWorld {
  readonly database: () => Postgres;
  readonly start: (options?: Partial<RunnerOptions>) => Runner;
  readonly credit: (walletId: WalletId, amount: bigint, more?: { readonly reason?: string; readonly id?: EventId }) => Promise<Appended>;
  readonly hold: (input: { walletId: WalletId; requestId: RequestId; amount: bigint; expiresAt?: Instant }) => Promise<Appended>;
  readonly settle: (input: { walletId: WalletId; requestId: RequestId; amount: bigint }) => Promise<Appended>;
  /** Any event of the gateway's or the billing service's, as they would append it. */
  readonly append: <Name extends string, Data>(
    by: 'gateway' | 'billing',
    definition: EventDefinition<Name, Data>,
    data: Data,
    id?: EventId,
  ) => Promise<Appended>;
  readonly connection: (processName: string) => JournalConnection;
}

/** What Postgres says about one wallet. */
export interface WalletRow {
  readonly available_nanos: bigint;
  readonly held_nanos: bigint;
  readonly is_frozen: boolean;
  readonly sequence: number;
}

/** Reads one wallet; undefined where it is not there. */
export const readWallet = async (database: Postgres, walletId: WalletId): Promise<WalletRow | undefined> =>
  (await database.query<WalletRow>('select available_nanos, held_nanos, is_frozen, sequence from wallets where wallet_id = $1', [walletId]))
    .rows[0];

/** Asks until the answer is true, at most 20 s: two cores are shared by many. A question that fails was asked too early. */
export async function eventually(what: string, ask: () => Promise<boolean> | boolean): Promise<void> {
  const until = Date.now() + 20_000;
  let failure: unknown;
  while (Date.now() < until) {
    try {
      if (await ask()) return;
      failure = undefined;
    } catch (error) {
      failure = error;
    }
    await pause(20);
  }
  throw new Error(`it never came true that ${what}`, { cause: failure });
}

/** Connections as in production, closed after the file's last test; runners end after each test. */
export function useWallets(nats: TestNats, postgresUrl: () => string): WalletWorld {
  const connections = new Map<string, JournalConnection>();
  const runners: Runner[] = [];
  let database: Postgres | undefined;
  beforeAll(async () => {
    for (const name of ['gateway', 'billing', 'projector', 'operator']) connections.set(name, await nats.connectAs(name));
    database = openPostgres(postgresUrl(), { connectionsMax: 2 });
  });
  afterEach(async () => {
    await Promise.all(runners.splice(0).map((runner) => runner.stop()));
  });
  afterAll(() => database?.close());
  const connection = (name: string): JournalConnection => {
    const open = connections.get(name);
    if (!open) throw new Error(`no connection as ${name}`);
    return open;
  };
  const append: WalletWorld['append'] = (by, definition, data, id = unchecked<EventId>(ids.ulid())) =>
    connection(by).journal.append(
      definition,
      makeEvent(definition, { id, at: instantOf(Date.now()), tenantId: unchecked<TenantId>('main'), source: by, data }),
    );
  return {
    database: () => {
      if (!database) throw new Error('the database is opened before the first test');
      return database;
    },
    connection,
    append,
    start: (options = {}) => {
      const runner = startRunner({
        projection: wallets,
        partitions: ALL_PARTITIONS,
        connection: connection('projector'),
        postgresUrl: postgresUrl(),
        clock: systemClock,
        source: 'projector-test',
        ...options,
      });
      runners.push(runner);
      return runner;
    },
    credit: (walletId, amount, { reason = 'top-up', id } = {}) =>
      append('billing', walletCredited, { walletId, userId, amountNanos: nanos(amount), reason, reference: '', actor: 'test' }, id),
    hold: ({ walletId, requestId, amount, expiresAt = instantOf(Date.now() + 600_000) }) =>
      append('gateway', holdPlaced, {
        walletId,
        requestId,
        userId,
        keyId,
        model: 'm',
        priceVersion,
        amountNanos: nanos(amount),
        expiresAt,
      }),
    settle: ({ walletId, requestId, amount }) =>
      append('gateway', usageSettled, { ...usage, walletId, requestId, amountNanos: nanos(amount) }),
  };
}
