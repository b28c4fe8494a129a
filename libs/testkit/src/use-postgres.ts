import { randomBytes } from 'node:crypto';
import { openPostgres } from '@lurus/projection/postgres/open-postgres';
import { analystGrants } from '@lurus/stack/postgres-roles';
import { afterAll, beforeAll } from 'vitest';
import { inDatabase, requiredUrl, sharedBackends } from './shared-backends.ts';

/** A database of this test file alone. Valid from the first `beforeAll` after the call. */
export interface TestPostgres {
  readonly database: string;
  /** As `lurus`, its owner. */
  readonly url: string;
  /** As `analyst`, who may read the views in schema `public`. */
  readonly analystUrl: string;
}

async function runAs(url: string, statements: readonly string[]): Promise<void> {
  const postgres = openPostgres(url, { applicationName: 'testkit', connectionsMax: 1 });
  try {
    for (const statement of statements) await postgres.query(statement);
  } finally {
    await postgres.close();
  }
}

/** Makes a fresh, empty database for this test file and drops it after the file's last test. */
export function usePostgres(): TestPostgres {
  const { urls } = sharedBackends();
  const database = `t_${randomBytes(6).toString('hex')}`;
  const superuser = requiredUrl(urls.postgresSuperuser, 'the Postgres superuser');
  const url = inDatabase(urls.postgres, database);
  beforeAll(async () => {
    await runAs(superuser, [`CREATE DATABASE ${database} OWNER lurus TEMPLATE template0`]);
    await runAs(url, analystGrants());
  });
  afterAll(() => runAs(superuser, [`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`]));
  return { database, url, analystUrl: inDatabase(requiredUrl(urls.postgresAnalyst, 'the Postgres analyst'), database) };
}
