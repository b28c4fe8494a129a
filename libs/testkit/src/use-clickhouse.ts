import { randomBytes } from 'node:crypto';
import { clickHouseQuery, createClickHouseDatabase } from '@lurus/stack/clickhouse-query';
import { afterAll, beforeAll } from 'vitest';
import { inDatabase, requiredUrl, sharedBackends } from './shared-backends.ts';

/** A database of this test file alone. Valid from the first `beforeAll` after the call. */
export interface TestClickHouse {
  readonly database: string;
  /** As `lurus`, its owner. */
  readonly url: string;
  /** As `analyst`, who may only read. */
  readonly analystUrl: string;
}

/** Makes a fresh, empty database for this test file and drops it after the file's last test. */
export function useClickHouse(): TestClickHouse {
  const { urls } = sharedBackends();
  const database = `t_${randomBytes(6).toString('hex')}`;
  const url = inDatabase(urls.clickhouse, database);
  beforeAll(() => createClickHouseDatabase(url));
  afterAll(async () => {
    await clickHouseQuery(url, `DROP DATABASE IF EXISTS ${database} SYNC`);
  });
  return { database, url, analystUrl: inDatabase(requiredUrl(urls.clickhouseAnalyst, 'the ClickHouse analyst'), database) };
}
