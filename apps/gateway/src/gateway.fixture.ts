/**
 * A gateway of a test file alone, on a real NATS server: its views are written as projectors write them, its provider is a script on
 * node:http, and what it appended is read back from the streams.
 */
import { createServer, type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createApiKey, digestOf } from '@lurus/base/api-key';
import { instantOf, systemClock } from '@lurus/base/clock';
import { createIdSource, type EventId, type ProviderId, type TenantId, unchecked, type UserId, type WalletId } from '@lurus/base/ids';
import { nanos, parseDollarsPerMillion } from '@lurus/base/money';
import { seal } from '@lurus/base/seal';
import { readSettings } from '@lurus/base/setting';
import { type BucketValue, keyToken } from '@lurus/events/bucket';
import { PARTITIONS, type StreamDefinition } from '@lurus/events/stream';
import type { RecordedEvent } from '@lurus/events/event';
import type { BucketWriter, JournalConnection } from '@lurus/journal/journal';
import { balancesBucket, keysBucket, pricesBucket, routesBucket } from '@lurus/streams/buckets';
import { silentLog, useJournal } from '@lurus/testkit/use-journal';
import { type TestNats, useNats } from '@lurus/testkit/use-nats';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { Caller } from './identify.ts';
import type { Provider } from './plan.ts';
import type { Price } from './price-table.ts';
import { GATEWAY_SETTINGS, type RunningGateway, startGateway } from './start-gateway.ts';

export const PEPPER = 'pepper of the gateway tests';
export const MASTER_KEY = 'master key of the gateway tests';
const tenantId = unchecked<TenantId>('main');
const ids = createIdSource(systemClock);

/** What the provider saw of one call. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** Resolves when the connection of this call has closed. */
  readonly closed: Promise<void>;
}

/** What a provider does with one call; the body has arrived. */
export type Script = (response: ServerResponse, seen: Seen) => void | Promise<void>;

/** A provider under the test's control, one behaviour at a time. */
export interface ScriptedProvider {
  script: Script;
  readonly seen: Seen[];
  readonly url: string;
  readonly stop: () => void;
}

/** Starts a provider on a free port. */
export async function startProvider(script: Script): Promise<ScriptedProvider> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    const closed = new Promise<void>((resolve) => response.once('close', resolve));
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const call: Seen = {
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks),
        closed,
      };
      seen.push(call);
      void provider.script(response, call);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // It listens on TCP.
  const stop = (): void => {
    server.close();
    server.closeAllConnections();
  };
  const provider: ScriptedProvider = { script, seen, url: `http://127.0.0.1:${port}`, stop };
  return provider;
}

/** A client's answer, as it came. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  /** The connection was cut before the answer was whole. */
  readonly isCut: boolean;
}

export interface Sent {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Called for every piece of the answer as it arrives. */
  readonly onChunk?: (chunk: Buffer, abort: () => void) => void;
  /** Called when the request is on its way. */
  readonly onSent?: (abort: () => void) => void;
}

/** One request on a connection of its own. Resolves with what arrived, also where the connection broke. */
export function send(port: number, sent: Sent): Promise<Answer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let head: IncomingMessage | undefined;
    const finish = (isCut: boolean): void =>
      resolve({ status: head?.statusCode ?? 0, headers: head?.headers ?? {}, text: Buffer.concat(chunks).toString(), isCut });
    const request = httpRequest({
      host: '127.0.0.1',
      port,
      method: sent.method ?? 'POST',
      path: sent.path,
      headers: sent.headers,
      agent: false,
    });
    const abort = (): void => void request.destroy();
    request.on('response', (response) => {
      head = response;
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        sent.onChunk?.(chunk, abort);
      });
      response.on('close', () => finish(!response.complete));
    });
    request.on('error', () => finish(true));
    request.end(sent.body, () => sent.onSent?.(abort));
  });
}

/** The views as their projectors write them. */
export interface Views {
  /** Issues a key and resolves with the secret when the bucket has it. */
  readonly key: (over?: Partial<Caller>) => Promise<{ readonly secret: string; readonly caller: Caller }>;
  readonly putKey: (caller: Caller) => Promise<void>;
  readonly provider: (baseUrl: string, over?: Partial<Provider>) => Promise<Provider>;
  readonly price: (model: string, over?: Partial<Price>) => Promise<Price>;
  readonly balance: (
    walletId: WalletId,
    availableNanos: bigint,
    over?: { readonly isFrozen?: boolean; readonly sequence?: number },
  ) => Promise<void>;
  /** Stops and restarts the signs of life of the wallet projector. */
  readonly setBeating: (isBeating: boolean) => void;
}

export interface TestGateway {
  readonly nats: TestNats;
  readonly views: Views;
  readonly running: () => RunningGateway;
  /** Sends to the gateway; a key goes as x-api-key. */
  readonly send: (sent: Sent & { readonly key?: string }) => Promise<Answer>;
  /** Everything that a stream holds about a request, in order. */
  readonly eventsOf: (stream: StreamDefinition, requestId: string) => Promise<RecordedEvent[]>;
  readonly lastSequence: (stream: StreamDefinition) => Promise<number>;
  /** A second gateway on the same server, to be stopped by the test. */
  readonly another: (settings?: Readonly<Record<string, string>>) => Promise<RunningGateway>;
  readonly provider: ScriptedProvider;
}

/** Starts NATS, the views' writer, one provider (serving `*` in the Anthropic dialect, priced) and a gateway. */
export function useGateway(settings: Readonly<Record<string, string>> = {}): TestGateway {
  const nats = useNats();
  const journal = useJournal(nats);
  let running: RunningGateway | undefined;
  let reader: JournalConnection | undefined;
  let views: Views | undefined;
  let provider: ScriptedProvider | undefined;
  let beat: NodeJS.Timeout | undefined;
  const start = (over: Readonly<Record<string, string>> = {}): Promise<RunningGateway> => startWith(nats, { ...settings, ...over });
  beforeAll(async () => {
    const writer = await journal.open('projector');
    reader = await journal.open('log');
    ({ views, beat } = await makeViews(writer));
    provider = await startProvider((response) => void response.end());
    running = await start();
    await isReady(running.port);
  });
  beforeEach(() => {
    if (provider) provider.seen.length = 0;
    running?.gateway.cooldowns.reset();
  });
  afterAll(async () => {
    clearInterval(beat);
    provider?.stop();
    await running?.stop();
  });
  const present = <Value>(value: Value | undefined): Value => {
    if (value === undefined) throw new Error('useGateway() has not started: use it inside a test');
    return value;
  };
  const late = <Value extends object>(get: () => Value | undefined): Value =>
    // The parts exist from `beforeAll` on; the object that tests hold is made before.
    new Proxy({} as Value, {
      get: (_target, name) => Reflect.get(present(get()), name) as unknown,
      set: (_target, name, value) => Reflect.set(present(get()), name, value),
    });
  return {
    nats,
    views: late(() => views),
    provider: late(() => provider),
    running: () => present(running),
    send: ({ key, headers, ...sent }) =>
      send(present(running).port, {
        ...sent,
        headers: { 'content-type': 'application/json', ...(key === undefined ? {} : { 'x-api-key': key }), ...headers },
      }),
    eventsOf: (stream, requestId) => eventsOf({ reader: present(reader), stream, requestId }),
    lastSequence: async (stream) => (await present(reader).streamState(stream)).lastSequence,
    another: start,
  };
}

function startWith(nats: TestNats, settings: Readonly<Record<string, string>>): Promise<RunningGateway> {
  const environment = {
    LURUS_NATS_URL: nats.url(),
    LURUS_NATS_SEED: nats.seedOf('gateway'),
    LURUS_KEY_PEPPER: PEPPER,
    LURUS_MASTER_KEY: MASTER_KEY,
    LURUS_GATEWAY_PORT: '0',
    ...settings,
  };
  return startGateway({
    settings: readSettings(environment, GATEWAY_SETTINGS),
    log: silentLog,
    clock: systemClock,
    nowMs: () => performance.now(),
  });
}

async function isReady(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if ((await send(port, { method: 'GET', path: '/readyz' })).status === 200) return;
    await sleep(25);
  }
  throw new Error('the gateway did not become ready');
}

async function makeViews(connection: JournalConnection): Promise<{ readonly views: Views; readonly beat: NodeJS.Timeout }> {
  const [keys, routes, prices, balances] = await Promise.all([
    connection.writer(keysBucket),
    connection.writer(routesBucket),
    connection.writer(pricesBucket),
    connection.writer(balancesBucket),
  ]);
  let sequence = 0;
  let isBeating = true;
  const next = (): number => (sequence += 1);
  const pulse = (): void => {
    if (isBeating) void beatAll(balances, next());
  };
  const beat = setInterval(pulse, 200);
  const balance: Views['balance'] = async (walletId, availableNanos, over = {}) => {
    const entry = { kind: 'balance', walletId, availableNanos: nanos(availableNanos), heldNanos: nanos(0n) } as const;
    await balances.put(walletId, { ...entry, isFrozen: over.isFrozen ?? false, sequence: over.sequence ?? 0 });
  };
  const views: Views = {
    balance,
    setBeating: (value) => (isBeating = value),
    putKey: async (caller) => void (await keys.put(caller.keyId, { ...caller, sequence: next() })),
    key: async (over = {}) => {
      const { keyId, secret } = createApiKey();
      const made = callerOf(keyId, secret, over);
      await balance(made.walletId, 1_000_000_000_000n);
      await keys.put(keyId, { ...made, sequence: next() });
      await sleep(30); // Until the gateway's watch has it.
      return { secret, caller: made };
    },
    provider: async (baseUrl, over = {}) => {
      const made = { ...providerOf(baseUrl, over), sequence: next() };
      await routes.put(`${made.tenantId}.${made.providerId}`, made);
      await sleep(30); // Until the gateway's watch has it.
      return made;
    },
    price: async (model, over = {}) => {
      const made = { ...priceOf(model, over), sequence: next() };
      await prices.put(`${made.tenantId}.${keyToken(model)}`, made);
      await sleep(30); // Until the gateway's watch has it.
      return made;
    },
  };
  return { views, beat };
}

async function beatAll(balances: BucketWriter<BucketValue<typeof balancesBucket>>, sequence: number): Promise<void> {
  const at = instantOf(systemClock.nowMs());
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);
  await Promise.all(partitions.map((partition) => balances.put(`heartbeat.${partition}`, { kind: 'heartbeat', partition, at, sequence })));
}

function callerOf(keyId: Caller['keyId'], secret: string, over: Partial<Caller>): Caller {
  return {
    keyId,
    tenantId,
    userId: unchecked<UserId>(ids.ulid()),
    walletId: unchecked<WalletId>(ids.ulid()),
    label: 'test',
    digest: digestOf(secret, PEPPER),
    models: [],
    requestsPerMinute: null,
    tokensPerMinute: null,
    concurrentRequests: null,
    expiresAt: null,
    isRevoked: false,
    sequence: 1,
    ...over,
  };
}

function providerOf(baseUrl: string, over: Partial<Provider>): Provider {
  const providerId = over.providerId ?? unchecked<ProviderId>(ids.ulid());
  return {
    providerId,
    tenantId,
    provider: 'scripted',
    dialect: 'anthropic',
    baseUrl,
    authStyle: 'x-api-key',
    sealedCredential: seal({ secret: 'provider-credential', owner: providerId, masterKey: MASTER_KEY }),
    models: ['*'],
    modelMapping: [],
    priority: 0,
    weight: 1,
    isRemoved: false,
    sequence: 1,
    ...over,
  };
}

function priceOf(model: string, over: Partial<Price>): Price {
  return {
    tenantId,
    model,
    priceVersion: unchecked<EventId>(ids.ulid()),
    rates: {
      inputPicos: parseDollarsPerMillion('3'),
      outputPicos: parseDollarsPerMillion('15'),
      cacheReadPicos: parseDollarsPerMillion('0.3'),
      cacheWrite5mPicos: parseDollarsPerMillion('3.75'),
      cacheWrite1hPicos: parseDollarsPerMillion('6'),
      reasoningPicos: null,
    },
    tiers: [],
    isFree: false,
    isWithdrawn: false,
    sequence: 1,
    ...over,
  };
}

interface EventsInput {
  readonly reader: JournalConnection;
  readonly stream: StreamDefinition;
  readonly requestId: string;
}

async function eventsOf({ reader, stream, requestId }: EventsInput): Promise<RecordedEvent[]> {
  const { lastSequence } = await reader.streamState(stream);
  const found: RecordedEvent[] = [];
  for (let sequence = 1; sequence <= lastSequence; sequence += 1) {
    const delivery = await reader.eventAt(stream, sequence);
    if (delivery?.outcome !== 'event') continue;
    const { data } = delivery.event;
    if (typeof data === 'object' && data !== null && 'requestId' in data && data.requestId === requestId) found.push(delivery.event);
  }
  return found;
}
