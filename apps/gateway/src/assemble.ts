/** Puts a gateway together from its settings and its connection to the journal. */
import type { Clock } from '@lurus/base/clock';
import { createIdSource } from '@lurus/base/ids';
import type { SettingsOf } from '@lurus/base/setting';
import { DIALECTS } from '@lurus/dialects/dialects';
import type { JournalConnection } from '@lurus/journal/journal';
import type { Metrics } from '@lurus/service/metrics';
import { balancesBucket, keysBucket, pricesBucket, routesBucket } from '@lurus/streams/buckets';
import { createCredentials } from '@lurus/upstream/credentials';
import { createUpstreams } from '@lurus/upstream/upstreams';
import { createCooldowns } from './cooldown.ts';
import { Drains } from './drains.ts';
import { type Gateway, type GatewayLog, RELAY_SETTINGS } from './gateway.ts';
import { HoldBook } from './hold-book.ts';
import type { Job } from './job.ts';
import { createLimiter } from './limit.ts';
import { createMeasures } from './measures.ts';
import { Outbox } from './outbox.ts';
import { createPriceTable } from './price-table.ts';
import { createTenantTable } from './tenant-table.ts';

export const ASSEMBLE_SETTINGS = [
  ...RELAY_SETTINGS,
  'LURUS_INSTANCE',
  'LURUS_START_GATE',
  'LURUS_KEY_PEPPER',
  'LURUS_MASTER_KEY',
  'LURUS_BODIES_BYTES_MAX',
  'LURUS_CONNECT_TIMEOUT_MS',
  'LURUS_DRAIN_TIMEOUT_MS',
  'LURUS_DRAINS_MAX',
  'LURUS_HEARTBEAT_AGE_MAX_MS',
] as const;

export interface AssembleInput {
  readonly settings: SettingsOf<(typeof ASSEMBLE_SETTINGS)[number]>;
  readonly connection: JournalConnection;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** A monotonic clock in milliseconds. */
  readonly nowMs: () => number;
  readonly log: GatewayLog;
}

/** A gateway and what its process has to know about it. */
export interface AssembledGateway {
  readonly gateway: Gateway;
  /** Undefined while requests can be served, else why not. */
  readonly notReady: () => string | undefined;
}

/** Opens the mirrors and waits for their first values. Throws what the journal throws. */
export async function assembleGateway(input: AssembleInput): Promise<AssembledGateway> {
  const { connection, settings, nowMs, clock, log } = input;
  const [keys, routes, prices, balances] = await Promise.all([
    connection.mirror(keysBucket),
    connection.mirror(routesBucket),
    connection.mirror(pricesBucket),
    connection.mirror(balancesBucket),
  ]);
  const holds = new HoldBook(balances, { nowMs, heartbeatAgeMsMax: settings.LURUS_HEARTBEAT_AGE_MAX_MS });
  const cooldowns = createCooldowns(nowMs);
  const jobs = new Set<Job>();
  const bodies = { bytes: 0, bytesMax: settings.LURUS_BODIES_BYTES_MAX };
  const drains = new Drains({ drainsMax: settings.LURUS_DRAINS_MAX, timeoutMs: settings.LURUS_DRAIN_TIMEOUT_MS });
  const measures = createMeasures(input.metrics, {
    requests: () => jobs.size,
    drains: () => drains.running,
    waitingEvents: () => outbox.waiting,
    bodyBytes: () => bodies.bytes,
  });
  const outbox = new Outbox({ journal: connection.journal, log, onDropped: () => measures.factDropped() });
  const gateway: Gateway = {
    settings,
    source: `gateway-${settings.LURUS_INSTANCE}`,
    dialects: Object.values(DIALECTS),
    keys: { find: keys.get, pepper: settings.LURUS_KEY_PEPPER, nowMs: clock.nowMs },
    tables: {
      providers: createTenantTable(routes, (provider) => !provider.isRemoved),
      prices: createPriceTable(createTenantTable(prices, (price) => !price.isWithdrawn)),
      isCooling: cooldowns.isCooling,
    },
    holds,
    limiter: createLimiter(() => Math.floor(nowMs() * 1_000)),
    cooldowns,
    upstreams: createUpstreams({ connectTimeoutMs: settings.LURUS_CONNECT_TIMEOUT_MS }),
    credentials: createCredentials(settings.LURUS_MASTER_KEY),
    drains,
    journal: connection.journal,
    outbox,
    bodies,
    ids: createIdSource(clock),
    clock,
    nowMs,
    measures,
    log,
    jobs,
  };
  const mirrors = { KEYS: keys, ROUTES: routes, PRICES: prices, BALANCES: balances };
  return { gateway, notReady: () => whyNotReady({ connection, mirrors, holds }) };
}

interface ReadinessInput {
  readonly connection: JournalConnection;
  readonly mirrors: Readonly<Record<string, { readonly isLive: () => boolean }>>;
  readonly holds: HoldBook;
}

function whyNotReady({ connection, mirrors, holds }: ReadinessInput): string | undefined {
  if (!connection.isConnected()) return 'the journal is away';
  const stale = Object.entries(mirrors).find(([, mirror]) => !mirror.isLive());
  if (stale) return `the mirror of ${stale[0]} is not current`;
  return holds.isCurrent() ? undefined : 'a projector of wallets is silent';
}
