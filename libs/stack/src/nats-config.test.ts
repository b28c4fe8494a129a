import { expect, test } from 'vitest';
import { natsConfig, natsUserNames, natsUsers } from './nats-config.ts';
import { makeSecrets } from './secrets.ts';

const secrets = makeSecrets(natsUserNames);
const text = natsConfig({
  addresses: { host: '127.0.0.1', port: 1, webSocketPort: 2, monitoringHost: '127.0.0.1', monitoringPort: 3 },
  storeFolder: '/a folder/with "quotes"',
  users: natsUsers(secrets.nats_seeds),
});

test('every write is synced before it is acknowledged, and a stream may have 5000 consumers', () => {
  expect(text).toContain('sync_interval: always');
  expect(text).toContain('default_max_consumers: 5000');
});

test('monitoring and WebSocket listen where they were told', () => {
  expect(text).toContain('http: "127.0.0.1:3"');
  expect(text).toContain('listen: "127.0.0.1:2"');
});

test('a folder with quotes in its name stays one text', () => {
  expect(text).toContain(String.raw`store_dir: "/a folder/with \"quotes\""`);
});

test('each process is there by its public key, and no seed is', () => {
  for (const user of natsUsers(secrets.nats_seeds)) expect(text).toContain(user.publicKey);
  for (const seed of Object.values(secrets.nats_seeds)) expect(text).not.toContain(seed);
});

test('a process without a seed is a fault', () => {
  expect(() => natsUsers({})).toThrow('there is no nkey seed for the process');
});
