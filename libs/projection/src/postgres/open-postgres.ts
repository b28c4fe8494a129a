/** Postgres as this product uses it: a pool, typed rows, transactions, and failures that say whether waiting helps. The only importer of `pg`. */
import { defineProblem, Problem } from '@lurus/base/problem';
import { type PoolClient, DatabaseError, Pool } from 'pg';
import { postgresTypes } from './postgres-values.ts';

/** Connections of one process: a projection uses one, a service a few at once; a small server allows 100 in all. */
const CONNECTIONS_MAX = 8;
/** Longest wait for a connection, so that a request fails before its client gives up. */
const CONNECT_TIMEOUT_MS = 5_000;
/** Longest statement: a batch takes milliseconds, a rebuild's index minutes at most. */
const STATEMENT_TIMEOUT_MS = 300_000;

/** A value that a statement takes. Money goes in as `bigint`, moments as RFC 3339 text, JSON as its text. */
export type SqlValue = string | number | bigint | boolean | null | readonly string[] | readonly number[];

/** One statement with what it takes. */
export interface SqlStatement {
  readonly text: string;
  readonly values?: readonly SqlValue[];
  /** Prepares the statement once per connection under this name; the same name must always mean the same text. */
  readonly name?: string;
}

/** What a statement came to. */
export interface SqlResult<Row> {
  readonly rows: Row[];
  /** Rows that the statement returned or changed. */
  readonly count: number;
}

/** Runs statements, one at a time, on one connection or on any. */
export interface SqlSession {
  /**
   * Runs one statement. `Row` is what its columns come to: `bigint` columns are numbers, `numeric` columns are `bigint`, `timestamptz` is an
   * `Instant`; it is taken at its word. Throws a Problem `postgres_away` when the server cannot be reached and PostgresError when it refuses.
   */
  readonly query: <Row = Record<string, unknown>>(
    statement: string | SqlStatement,
    values?: readonly SqlValue[],
  ) => Promise<SqlResult<Row>>;
  /** Runs a script of several statements without parameters, for instance a migration. */
  readonly script: (sql: string) => Promise<void>;
}

/** An open pool. */
export interface Postgres extends SqlSession {
  /** Runs `work` in one transaction: committed when it resolves, rolled back when it throws. */
  readonly transaction: <T>(work: (session: SqlSession) => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
}

/** How a pool differs from a service's. */
export interface PostgresOptions {
  /** Shown in `pg_stat_activity`. */
  readonly applicationName?: string;
  readonly connectionsMax?: number;
  /** Schema in which names without one are looked up. */
  readonly searchPath?: string;
  /** Sends statements without waiting for the answers before, so that a batch costs two round trips and not one each. */
  readonly isPipelined?: boolean;
}

const postgresAway = defineProblem<{ why: string }>({
  code: 'postgres_away',
  kind: 'unavailable',
  status: 503,
  isRetryable: true,
  says: ({ why }) => `Postgres cannot be reached: ${why}.`,
  fix: () => 'Check that it runs and that LURUS_POSTGRES_URL is right; retrying helps once it is back.',
});

/** Whether a failure means that Postgres is away for now, so that waiting and repeating helps. */
export const isPostgresAway = (error: unknown): boolean => error instanceof Problem && error.details.code === 'postgres_away';

/** Postgres refused a statement. `sqlState` is its five-character code: https://www.postgresql.org/docs/18/errcodes-appendix.html */
export class PostgresError extends Error {
  override readonly name = 'PostgresError';
  readonly sqlState: string;

  constructor(message: string, options: { readonly sqlState: string; readonly cause: unknown }) {
    super(message, { cause: options.cause });
    this.sqlState = options.sqlState;
  }
}

/** 08 connection, 53 out of resources, 57P stopping or starting, 40 serialization and deadlock: all pass by themselves. */
const PASSING_STATES = /^(08|53|57P|40)/;

function translate(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (error instanceof Problem || error instanceof PostgresError || error instanceof RangeError || error instanceof TypeError) return error;
  const sqlState = error instanceof DatabaseError ? error.code : undefined;
  if (sqlState === undefined || PASSING_STATES.test(sqlState)) return postgresAway({ why: error.message }, { cause: error });
  return new PostgresError(error.message, { sqlState, cause: error });
}

type Queryable = Pick<Pool | PoolClient, 'query'>;

const wireValue = (value: SqlValue): unknown => (typeof value === 'bigint' ? value.toString() : value);

function sessionOn(connection: Queryable): SqlSession {
  return {
    query: async <Row>(statement: string | SqlStatement, values?: readonly SqlValue[]) => {
      const { text, name, values: own } = typeof statement === 'string' ? { text: statement } : { name: undefined, ...statement };
      const config = { text, values: (values ?? own ?? []).map(wireValue), ...(name === undefined ? {} : { name }) };
      try {
        const result = await connection.query(config);
        return { rows: result.rows as Row[], count: result.rowCount ?? 0 }; // The caller states what the columns come to.
      } catch (error) {
        throw translate(error);
      }
    },
    script: async (sql) => {
      try {
        await connection.query(sql);
      } catch (error) {
        throw translate(error);
      }
    },
  };
}

async function connect(pool: Pool): Promise<PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    throw translate(error);
  }
}

async function inTransaction<T>(pool: Pool, work: (session: SqlSession) => Promise<T>): Promise<T> {
  const client = await connect(pool);
  const session = sessionOn(client);
  // A connection that breaks between statements reports it as an event; unheard, it would end the process. The next statement fails anyway.
  const onBroken = (): void => undefined;
  client.on('error', onBroken);
  let broken: Error | undefined;
  try {
    await session.script('begin');
    const result = await work(session);
    await session.script('commit');
    return result;
  } catch (error) {
    await session.script('rollback').catch((cause: unknown) => {
      broken = cause instanceof Error ? cause : new Error(String(cause));
    });
    throw error;
  } finally {
    client.off('error', onBroken);
    client.release(broken);
  }
}

/** Opens a pool on a Postgres URL with credentials. Connects on first use; nothing is checked here. */
export function openPostgres(url: string, options: PostgresOptions = {}): Postgres {
  const pool = new Pool({
    connectionString: url,
    max: options.connectionsMax ?? CONNECTIONS_MAX,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    keepAlive: true,
    application_name: options.applicationName ?? 'lurus',
    options: `-c timezone=UTC -c client_min_messages=warning -c search_path=${options.searchPath ?? 'public'}`,
    pipeline: options.isPipelined ?? false,
    types: postgresTypes,
  });
  // An idle connection that the server closed (a restart): the pool drops it and opens another when needed.
  pool.on('error', () => undefined);
  return { ...sessionOn(pool), transaction: (work) => inTransaction(pool, work), close: () => pool.end() };
}
