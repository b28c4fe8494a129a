/** Back ends that somebody else runs, named by their URLs. Nothing is started or stopped; each is asked whether it answers. */
import { connect } from 'node:net';
import type { BackendUrls, RunningBackends } from './backends.ts';
import { createClickHouseDatabase } from './clickhouse-query.ts';
import { takesPostgresSessions } from './probe.ts';

/** The three servers, as complete URLs with the credentials of an owner. */
export interface ExternalOptions {
  readonly natsUrl: string;
  readonly postgresUrl: string;
  readonly clickhouseUrl: string;
}

/** Longest wait for a first answer of a server on another machine. */
const ANSWER_TIMEOUT_MS = 5_000;

/** nats-server speaks first: a line that starts with INFO. */
function greetsAsNats(address: { readonly host: string; readonly port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    const answer = (isNats: boolean): void => {
      socket.destroy();
      resolve(isNats);
    };
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => answer(false));
    socket.once('error', () => answer(false));
    socket.once('data', (bytes) => answer(bytes.toString('latin1', 0, 5) === 'INFO '));
    socket.once('close', () => answer(false));
  });
}

/** Shown in messages instead of the whole URL, which holds a password. */
const placeOf = (url: string): string => new URL(url).host;

async function checkNats(url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  if (await greetsAsNats({ host: hostname, port: Number(port || 4222) })) return;
  throw new Error(`no NATS server answers at ${placeOf(url)}: check LURUS_NATS_URL`);
}

async function checkPostgres(url: string): Promise<void> {
  const { hostname, port, username } = new URL(url);
  if (await takesPostgresSessions({ host: hostname, port: Number(port || 5432), user: decodeURIComponent(username) })) return;
  throw new Error(`Postgres at ${placeOf(url)} takes no sessions: check LURUS_POSTGRES_URL`);
}

async function checkClickHouse(url: string): Promise<void> {
  try {
    await createClickHouseDatabase(url);
  } catch (error) {
    throw new Error(`ClickHouse at ${placeOf(url)} cannot be used: check LURUS_CLICKHOUSE_URL`, { cause: error });
  }
}

/**
 * Checks the three servers side by side. The NATS server must know our users: `lurus-accounts.conf` in the home folder is the block to
 * include in its configuration. Throws an Error that names the server which does not answer, and its setting.
 */
export async function useExternal(options: ExternalOptions): Promise<RunningBackends> {
  await Promise.all([checkNats(options.natsUrl), checkPostgres(options.postgresUrl), checkClickHouse(options.clickhouseUrl)]);
  const urls: BackendUrls = {
    nats: options.natsUrl,
    natsWebSocket: null,
    natsMonitoring: null,
    postgres: options.postgresUrl,
    postgresAnalyst: null,
    postgresSuperuser: null,
    clickhouse: options.clickhouseUrl,
    clickhouseAnalyst: null,
  };
  return { kind: 'external', urls, processes: [], stop: async () => undefined };
}
