/** The three back ends as everything above sees them, wherever they come from. Three makers: `embedded.ts`, `containers.ts`, `external.ts`. */
import type { SupervisedProcess } from './process.ts';

/** Where the back ends are, as complete URLs: passwords stand in them. */
export interface BackendUrls {
  /** Each process connects with its own nkey; the URL holds no credentials. */
  readonly nats: string;
  /** Null where an external server has none that we know of. */
  readonly natsWebSocket: string | null;
  /** NATS monitoring over HTTP; null where it cannot be reached from here. */
  readonly natsMonitoring: string | null;
  /** As `lurus`, owner of the database `lurus`. */
  readonly postgres: string;
  /** As `analyst`, who reads the views; null where an external server has none that we know of. */
  readonly postgresAnalyst: string | null;
  /** As the superuser; null where it is not ours to be. Tests make their databases with it. */
  readonly postgresSuperuser: string | null;
  readonly clickhouse: string;
  readonly clickhouseAnalyst: string | null;
}

/** Back ends that answer, until `stop`. */
export interface RunningBackends {
  readonly kind: 'embedded' | 'containers' | 'external';
  readonly urls: BackendUrls;
  /** The back ends that are processes of ours; empty for the other makers. */
  readonly processes: readonly SupervisedProcess[];
  readonly stop: () => Promise<void>;
}

/** A part of the back ends that a test may do without. */
export type BackendName = 'nats' | 'postgres' | 'clickhouse';

/** `http://user:password@host:port/?database=name`, the form that ClickHouse's own client takes. */
export function clickHouseUrl(input: {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}): string {
  const url = new URL(`http://${input.host}:${input.port}/${encodeURIComponent(input.database)}`);
  url.username = input.user;
  url.password = input.password;
  return url.href;
}

/** `postgres://user:password@host:port/database`. */
export function postgresUrl(input: {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}): string {
  const url = new URL(`postgres://${input.host}:${input.port}/${encodeURIComponent(input.database)}`);
  url.username = input.user;
  url.password = input.password;
  return url.href;
}
