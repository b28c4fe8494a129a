/** The rights of every user, tried against a real server: what is allowed gets an answer, what is not is refused by name. */
import { allProcesses } from '@lurus/streams/processes';
import { allStreams } from '@lurus/streams/all';
import { useJournal } from '@lurus/testkit/use-journal';
import { useNats } from '@lurus/testkit/use-nats';
import { connect, errors, type NatsConnection, nkeyAuthenticator } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inboxPrefixOf, permissionsOf } from './permissions.ts';

const nats = useNats();
useJournal(nats);

const connections = new Map<string, NatsConnection>();
const connectionOf = (user: string): NatsConnection => {
  const connection = connections.get(user);
  if (!connection) throw new Error(`no connection of ${user}`);
  return connection;
};

beforeAll(async () => {
  for (const { name } of allProcesses) {
    const authenticator = nkeyAuthenticator(new TextEncoder().encode(nats.seedOf(name)));
    connections.set(name, await connect({ servers: nats.url(), authenticator, inboxPrefix: inboxPrefixOf(name) }));
  }
});
afterAll(async () => {
  await Promise.all([...connections.values()].map((connection) => connection.close()));
});

async function mayPublish(user: string, subject: string): Promise<boolean> {
  try {
    // The empty body makes every question a malformed or harmless one; only whether it reaches anybody matters.
    await connectionOf(user).request(subject, '', { timeout: 500 });
    return true;
  } catch (error) {
    const cause = error instanceof errors.RequestError ? error.cause : error;
    if (cause instanceof errors.PermissionViolationError) return false;
    if (error instanceof errors.TimeoutError) return true; // An acknowledgement to a consumer that does not exist is never answered.
    if (cause instanceof errors.NoRespondersError || (error instanceof errors.RequestError && error.isNoResponders())) return true;
    throw error;
  }
}

async function maySubscribe(user: string, subject: string): Promise<boolean> {
  const connection = connectionOf(user);
  let isRefused = false;
  const subscription = connection.subscribe(subject, {
    callback: (error) => {
      if (error) isRefused = true;
    },
  });
  await connection.flush();
  subscription.unsubscribe();
  return !isRefused;
}

const WALLET = 'main.01KAQ4V0H0WA11ET0000000001';

/** Subject, and who alone may publish to it. */
const publishers: readonly (readonly [subject: string, users: readonly string[]])[] = [
  [`billing.wallet.credited.${WALLET}`, ['billing']],
  [`billing.wallet.adjusted.${WALLET}`, ['billing']],
  [`billing.hold.placed.${WALLET}`, ['gateway']],
  [`billing.hold.released.${WALLET}`, ['gateway']],
  [`billing.usage.settled.${WALLET}`, ['gateway']],
  [`billing.hold.expired.${WALLET}`, ['projector']],
  [`billing.3.wallet.credited.${WALLET}`, []],
  ['llm.request.completed.main', ['gateway']],
  ['identity.key.issued.main', ['billing']],
  ['provider.price.published.main', ['provider']],
  ['projector.wallet.frozen', ['projector']],
  ['log.write.notice', ['gateway', 'provider', 'billing', 'log', 'projector']],
  ['$KV.BALANCES.x', ['projector']],
  ['$KV.KEYS.x', ['projector']],
  ['$JS.API.STREAM.PURGE.NONE', ['deployer']],
  ['$JS.API.STREAM.DELETE.NONE', ['deployer']],
  ['$JS.API.STREAM.UPDATE.NONE', ['deployer']],
  ['$JS.API.STREAM.CREATE.NONE', ['deployer']],
  ['$JS.API.STREAM.MSG.DELETE.NONE', ['deployer']],
  ['$JS.API.STREAM.SNAPSHOT.NONE', ['deployer']],
  ['$JS.API.STREAM.RESTORE.NONE', ['deployer']],
  ['$JS.API.STREAM.LIST', ['deployer', 'operator']],
  ['$JS.API.STREAM.NAMES', ['deployer', 'operator']],
  ['$JS.API.CONSUMER.LIST.BILLING_EVENTS', ['deployer', 'operator']],
  ['$JS.API.STREAM.MSG.GET.BILLING_EVENTS', ['deployer', 'operator', 'billing', 'log', 'projector']],
  ['$JS.API.STREAM.MSG.GET.PROVIDER_EVENTS', ['deployer', 'operator', 'provider', 'log', 'projector']],
  ['$JS.API.CONSUMER.CREATE.BILLING_EVENTS.none', ['deployer', 'operator', 'projector']],
  ['$JS.API.CONSUMER.CREATE.KV_KEYS.none', ['deployer', 'operator', 'gateway', 'billing']],
  ['$JS.API.CONSUMER.CREATE.KV_ROUTES.none', ['deployer', 'operator', 'gateway', 'provider']],
  ['$JS.API.CONSUMER.RESET.BILLING_EVENTS.none', ['deployer', 'projector']],
  ['$JS.API.CONSUMER.PAUSE.BILLING_EVENTS.none', ['deployer', 'operator']],
  ['$JS.ACK.BILLING_EVENTS.none.1.1.1.1.0', ['deployer', 'projector']],
  ['$JS.API.INFO', allProcesses.map(({ name }) => name)],
];

describe('publishing', () => {
  for (const { name } of allProcesses) {
    test(`${name} may use its subjects and no others`, async () => {
      const given: Record<string, boolean> = {};
      for (const [subject] of publishers) given[subject] = await mayPublish(name, subject);
      expect(given).toEqual(Object.fromEntries(publishers.map(([subject, users]) => [subject, users.includes(name)])));
    });
  }
});

describe('subscribing', () => {
  for (const { name } of allProcesses) {
    test(`${name} hears replies to itself and nobody else's`, async () => {
      for (const other of allProcesses) {
        expect(await maySubscribe(name, `${inboxPrefixOf(other.name)}.x.*`)).toBe(other.name === name);
      }
      expect(await maySubscribe(name, 'billing.*.*.*.*')).toBe(name === 'operator');
      expect(await maySubscribe(name, '$KV.KEYS.>')).toBe(name === 'operator');
      expect(await maySubscribe(name, '>')).toBe(false);
    });
  }
});

test('an event of a domain that no stream carries is a mistake in the declarations', () => {
  const [gateway] = allProcesses.filter(({ name }) => name === 'gateway');
  if (!gateway) throw new Error('no gateway');
  expect(() => permissionsOf(gateway, allStreams.slice(0, 1))).toThrow('no stream carries llm.request.attempted');
});
