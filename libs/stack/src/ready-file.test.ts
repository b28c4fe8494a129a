import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { embeddedUrls } from './embedded.ts';
import { writeNatsContext } from './nats-cli.ts';
import { natsUserNames } from './nats-config.ts';
import { shiftedPorts } from './ports.ts';
import { readyFile, removeReadyFile, writeReadyFile } from './ready-file.ts';
import { makeSecrets } from './secrets.ts';

const folder = mkdtempSync(join(tmpdir(), 'lurus-ready-'));
afterAll(() => rmSync(folder, { recursive: true }));

const secrets = { ...makeSecrets(natsUserNames), demo_key: 'sk-lurus-example' };
const ports = shiftedPorts(0);
const urls = embeddedUrls({ ports, secrets });
const ready = readyFile({ host: '127.0.0.1', ports, urls, secrets });

test('it names every service, and the databases as the user who only reads', () => {
  expect(ready).toMatchObject({
    gateway: 'http://127.0.0.1:18100',
    provider: 'http://127.0.0.1:18101',
    log: 'http://127.0.0.1:18102',
    billing: 'http://127.0.0.1:18103',
    projector: 'http://127.0.0.1:18105',
    simulator: 'http://127.0.0.1:18200',
    nats: 'nats://127.0.0.1:14222',
    nats_ws: 'ws://127.0.0.1:18222',
    postgres: `postgres://analyst:${secrets.postgres_analyst_password}@127.0.0.1:15432/lurus`,
    clickhouse: `http://analyst:${secrets.clickhouse_analyst_password}@127.0.0.1:18123/lurus`,
    demo_key: 'sk-lurus-example',
  });
});

test('it is its owner’s alone, and goes when the system does', () => {
  const path = join(folder, 'ready.json');
  writeReadyFile(path, ready);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(ready);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  removeReadyFile(path);
  expect(existsSync(path)).toBe(false);
});

test('the nats CLI finds a selected context with the operator’s nkey and inbox', () => {
  writeNatsContext({ folder, natsUrl: ready.nats, operatorSeed: 'SUEXAMPLE' });
  expect(readFileSync(join(folder, 'nats', 'context.txt'), 'utf8')).toBe('lurus');
  const context = JSON.parse(readFileSync(join(folder, 'nats', 'context', 'lurus.json'), 'utf8'));
  expect(context).toMatchObject({ url: ready.nats, inbox_prefix: '_INBOX_operator' });
  expect(readFileSync(context.nkey, 'utf8')).toBe('SUEXAMPLE\n');
  expect(statSync(context.nkey).mode & 0o777).toBe(0o600);
});
