/** Makes what a projection version keeps in Postgres, where it is missing. Several processes may start at once. */
import { readFileSync } from 'node:fs';
import { schemaOf, type StateProjection } from '../define-projection.ts';
import type { Postgres, SqlSession } from './open-postgres.ts';

/** Any number that only we use: "lurus" in digits of a telephone. One lock for all, since all touch schema `lurus`. */
const MIGRATION_LOCK = 58_787;

const sqlFile = (file: URL): string => readFileSync(file, 'utf8');
const ours = (name: string): string => sqlFile(new URL(name, import.meta.url));

/** Positions without their rows would leave out everything before them: somebody dropped the schema to have it built again. */
async function forgetPositions(session: SqlSession, projection: StateProjection): Promise<void> {
  await session.query('delete from lurus.positions where projection = $1 and version = $2', [projection.name, projection.version]);
}

async function activeVersion(session: SqlSession, projection: StateProjection): Promise<number | undefined> {
  await session.query('insert into lurus.active_versions (projection, version) values ($1, $2) on conflict do nothing', [
    projection.name,
    projection.version,
  ]);
  const { rows } = await session.query<{ version: number }>('select version from lurus.active_versions where projection = $1', [
    projection.name,
  ]);
  return rows[0]?.version;
}

/**
 * Makes schema `lurus`, the version's own schema with its tables, and, where this version is the active one, its views in schema `public`.
 * The first version that ever starts becomes the active one; a later one waits until it is made so.
 */
export async function migrate(postgres: Postgres, projection: StateProjection): Promise<void> {
  const schema = schemaOf(projection);
  await postgres.transaction(async (session) => {
    await session.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    await session.script(ours('./lurus.sql'));
    const { rows } = await session.query<{ exists: boolean }>('select to_regnamespace($1) is not null as exists', [schema]);
    if (!rows[0]?.exists) await forgetPositions(session, projection);
    await session.script(`create schema if not exists ${schema}; set local search_path to ${schema}`);
    await session.script(ours('./version-tables.sql'));
    await session.script(sqlFile(projection.sink.schema));
    if ((await activeVersion(session, projection)) === projection.version) await session.script(sqlFile(projection.sink.views));
  });
}
