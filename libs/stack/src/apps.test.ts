/** Method: what a process reads stands in its sources; what it is given must be that, so that no process holds a secret that is not its own. */
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { appNames, appSpec, type AppName, type AppsInput } from './apps.ts';
import { embeddedUrls } from './embedded.ts';
import { natsUserNames } from './nats-config.ts';
import { shiftedPorts } from './ports.ts';
import { makeSecrets } from './secrets.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const secrets = makeSecrets(natsUserNames);
const ports = shiftedPorts(7);

const input: AppsInput = {
  root,
  home: '/srv/ada/.lurus',
  logs: '/srv/ada/.lurus/logs',
  host: '127.0.0.1',
  ports,
  urls: embeddedUrls({ ports, secrets }),
  secrets,
  startGate: '/srv/ada/.lurus/start-gate',
  env: {
    PATH: '/usr/bin',
    LURUS_LOG_LEVEL: 'debug',
    LURUS_PORT_SHIFT: '7',
    LURUS_NATS_SEED: 'of somebody else',
    LURUS_POSTGRES_URL: 'of somebody else',
  },
};

const SECRET = /^LURUS_(NATS_SEED|NATS_URL|POSTGRES_URL|CLICKHOUSE_URL|ADMIN_TOKEN|KEY_PEPPER|MASTER_KEY)$/;

function readBy(name: AppName): string[] {
  const files = globSync(`${root}apps/${name}/src/**/*.ts`).filter((path) => !/\.(test|fixture)\.ts$/.test(path));
  const source = files.map((path) => readFileSync(path, 'utf8')).join('\n');
  return [...new Set(source.match(/LURUS_[A-Z_]+/g))].filter((setting) => SECRET.test(setting)).toSorted();
}

test.each(appNames)('%s is given the addresses and secrets that it reads, and no other', (name) => {
  const given = Object.keys(appSpec(name, input).env).filter((setting) => SECRET.test(setting));
  expect(given.toSorted()).toEqual(readBy(name));
});

test('each process that speaks to NATS has the nkey of its own user', () => {
  const seeds = appNames.map((name) => appSpec(name, input).env['LURUS_NATS_SEED']).filter((seed) => seed !== undefined);
  expect(new Set(seeds).size).toBe(4);
  expect(appSpec('gateway', input).env['LURUS_NATS_SEED']).toBe(secrets.nats_seeds['gateway']);
});

test("the user's own settings reach the processes, except those that would move them", () => {
  const { env } = appSpec('gateway', input);
  expect(env['LURUS_LOG_LEVEL']).toBe('debug');
  expect(env['LURUS_PORT_SHIFT']).toBeUndefined();
  expect(env['LURUS_GATEWAY_PORT']).toBe('18107');
});
