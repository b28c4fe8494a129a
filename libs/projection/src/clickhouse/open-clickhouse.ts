/** ClickHouse as this product uses it: queries with parameters, inserts, commands. The only importer of `@clickhouse/client`. */
import { ClickHouseError, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { defineProblem, Problem } from '@lurus/base/problem';

/** A statistics query over a year of requests takes seconds; past this something is wrong. */
const REQUEST_TIMEOUT_MS = 60_000;
/** Connections of one process. */
const CONNECTIONS_MAX = 8;

/** Settings of one query, by their ClickHouse names. */
export type ClickHouseSettings = Readonly<Record<string, string | number>>;

/** An open client. */
export interface ClickHouse {
  /**
   * Runs one query. Parameters stand as `{name:Type}` in the text. `Row` is taken at its word: 64-bit and larger integers are decimal
   * strings, smaller ones numbers, DateTime64 text in UTC (`2026-11-23 08:00:00.000`).
   * Throws a Problem `clickhouse_away` when the server cannot be reached, ClickHouseRefused when it refuses the query.
   */
  readonly query: <Row = Record<string, unknown>>(
    sql: string,
    parameters?: Readonly<Record<string, unknown>>,
    settings?: ClickHouseSettings,
  ) => Promise<Row[]>;
  /** Inserts rows in one block and resolves when they are stored. Throws as `query` does. */
  readonly insert: (input: {
    readonly table: string;
    readonly rows: readonly Readonly<Record<string, unknown>>[];
    readonly settings?: ClickHouseSettings;
  }) => Promise<void>;
  /** Runs one statement that returns nothing: DDL, `OPTIMIZE`. Throws as `query` does. */
  readonly command: (sql: string, parameters?: Readonly<Record<string, unknown>>) => Promise<void>;
  readonly close: () => Promise<void>;
}

const clickhouseAway = defineProblem<{ why: string }>({
  code: 'clickhouse_away',
  kind: 'unavailable',
  status: 503,
  isRetryable: true,
  says: ({ why }) => `ClickHouse cannot be reached: ${why}.`,
  fix: () => 'Check that it runs and that LURUS_CLICKHOUSE_URL is right; retrying helps once it is back.',
});

/** Whether a failure means that ClickHouse is away for now, so that waiting and repeating helps. */
export const isClickHouseAway = (error: unknown): boolean => error instanceof Problem && error.details.code === 'clickhouse_away';

/** ClickHouse refused a statement. `type` is its error name, for instance `UNKNOWN_IDENTIFIER`. */
export class ClickHouseRefused extends Error {
  override readonly name = 'ClickHouseRefused';
  readonly type: string;

  constructor(message: string, options: { readonly type: string; readonly cause: unknown }) {
    super(message, { cause: options.cause });
    this.type = options.type;
  }
}

/** Errors of the server that pass by themselves: it is full, stopping, or its disk is being freed. */
const PASSING_TYPES = new Set([
  'TOO_MANY_SIMULTANEOUS_QUERIES',
  'TOO_MANY_PARTS',
  'MEMORY_LIMIT_EXCEEDED',
  'NOT_ENOUGH_SPACE',
  'TIMEOUT_EXCEEDED',
  'ABORTED',
]);

function translate(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof Problem) return error;
  if (!(error instanceof ClickHouseError)) return clickhouseAway({ why: error.message }, { cause: error });
  const type = error.type ?? 'UNKNOWN';
  if (PASSING_TYPES.has(type)) return clickhouseAway({ why: error.message }, { cause: error });
  return new ClickHouseRefused(error.message, { type, cause: error });
}

async function translated<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw translate(error);
  }
}

/** Opens a client on a ClickHouse HTTP URL with user, password and database in it. Connects on first use. */
export function openClickHouse(url: string): ClickHouse {
  const client = createClient({
    url,
    log: { level: ClickHouseLogLevel.OFF }, // Errors are thrown; the client would print them a second time, past our own log.
    request_timeout: REQUEST_TIMEOUT_MS,
    max_open_connections: CONNECTIONS_MAX,
    compression: { request: false, response: false }, // The server is near; on loopback compressing costs more than it saves.
    clickhouse_settings: {
      // Sums of money pass 2^53.
      output_format_json_quote_64bit_integers: 1,
      date_time_input_format: 'best_effort', // Reads RFC 3339 with its `Z`.
      session_timezone: 'UTC',
    },
  });
  return {
    query: async <Row>(sql: string, parameters: Readonly<Record<string, unknown>> = {}, settings: ClickHouseSettings = {}) => {
      const work = client.query({ query: sql, format: 'JSONEachRow', query_params: { ...parameters }, clickhouse_settings: settings });
      return translated(work.then((result) => result.json<Row>()));
    },
    insert: async ({ table, rows, settings = {} }) => {
      if (rows.length === 0) return;
      await translated(client.insert({ table, values: [...rows], format: 'JSONEachRow', clickhouse_settings: settings }));
    },
    command: async (sql, parameters = {}) => {
      await translated(client.command({ query: sql, query_params: { ...parameters } }));
    },
    close: () => client.close(),
  };
}
