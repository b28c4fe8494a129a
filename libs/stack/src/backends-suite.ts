/** What every maker of back ends has to give; each runs this suite. */
import { openJournal } from '@lurus/journal/connect';
import { systemClock } from '@lurus/base/clock';
import type { JournalOptions } from '@lurus/journal/journal';
import { llmEvents } from '@lurus/streams/llm-events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunningBackends } from './backends.ts';
import { clickHouseQuery } from './clickhouse-query.ts';
import { natsUserNames } from './nats-config.ts';
import { prepareStreams } from './prepare-streams.ts';
import { takesPostgresSessions } from './probe.ts';
import { makeSecrets, type Secrets } from './secrets.ts';

/** One maker, started with these secrets. */
export interface BackendsMaker {
  readonly kind: RunningBackends['kind'];
  readonly start: (secrets: Secrets) => Promise<RunningBackends>;
}

/** Pulling images, or initdb on a busy machine. */
const START_TIMEOUT_MS = 300_000;

const SILENT: JournalOptions['log'] = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Declares the suite for one maker. */
export function backendsSuite(maker: BackendsMaker): void {
  describe(`back ends, ${maker.kind}`, () => {
    const secrets = makeSecrets(natsUserNames);
    let backends: RunningBackends | undefined;
    const urls = (): RunningBackends['urls'] => {
      if (!backends) throw new Error('the back ends did not start');
      return backends.urls;
    };
    const journalOf = (processName: string, seed: string) =>
      openJournal({ url: urls().nats, seed, processName, instance: 'suite', clock: systemClock, log: SILENT, needsDurableServer: true });

    beforeAll(async () => {
      backends = await maker.start(secrets);
    }, START_TIMEOUT_MS);
    afterAll(() => backends?.stop());

    test('say where they come from', () => {
      expect(backends?.kind).toBe(maker.kind);
    });

    test('NATS takes declarations from the deployer, and making them twice changes nothing', async () => {
      const access = { natsUrl: urls().nats, deployerSeed: secrets.nats_seeds['deployer'] ?? '' };
      await prepareStreams(access);
      expect((await prepareStreams(access)).map((step) => step.action)).not.toContain('create');
    });

    test('NATS syncs every write, knows each process by its nkey and nobody else', async () => {
      const log = await journalOf('log', secrets.nats_seeds['log'] ?? '');
      expect((await log.streamState(llmEvents)).name).toBe('LLM_EVENTS');
      await log.close();
      await expect(journalOf('log', makeSecrets(['log']).nats_seeds['log'] ?? '')).rejects.toThrow(/Authorization/i);
    });

    test('Postgres takes sessions', async () => {
      const { hostname, port } = new URL(urls().postgres);
      expect(await takesPostgresSessions({ host: hostname, port: Number(port), user: 'lurus' })).toBe(true);
    });

    test('ClickHouse has the database lurus, gives its owner tables, and closes local files to everybody', async () => {
      const url = urls().clickhouse;
      await clickHouseQuery(url, 'CREATE OR REPLACE TABLE lurus.suite (id UInt32) ENGINE = ReplacingMergeTree ORDER BY id');
      await clickHouseQuery(url, 'INSERT INTO lurus.suite VALUES (7)');
      expect(await clickHouseQuery(url, 'SELECT id FROM lurus.suite')).toBe('7\n');
      await clickHouseQuery(url, 'DROP TABLE lurus.suite');
      const file = "SELECT * FROM file('/etc/passwd', 'LineAsString')";
      await expect(clickHouseQuery(url, file)).rejects.toThrow('Not enough privileges');
      const passwordless = Object.assign(new URL(url), { username: 'default', password: '' }).href;
      await expect(clickHouseQuery(passwordless, file)).rejects.toThrow(/Not enough privileges|Authentication failed/);
    });

    test('ClickHouse refuses a wrong password', async () => {
      const wrong = Object.assign(new URL(urls().clickhouse), { password: 'wrong' }).href;
      await expect(clickHouseQuery(wrong, 'SELECT 1')).rejects.toThrow('Authentication failed');
    });
  });
}
