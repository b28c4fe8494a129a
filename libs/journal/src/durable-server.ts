/**
 * Whether acknowledged means on disk. By default nats-server flushes every two minutes: measured on a simulated power cut, everything
 * acknowledged since is lost. A client cannot read that from the account, so `natsAccounts` lets ours ask the system account.
 */
import { errors, type NatsConnection } from '@nats-io/transport-node';
import { z } from 'zod';
import { QUESTION_TIMEOUT_MS } from './limits.ts';
import { SERVER_REPORT_SUBJECT } from './permissions.ts';
import { serverNotDurable } from './problems.ts';
import { serverFault } from './server-fault.ts';

/** Since 2.15 a replicated stream syncs its log in groups; before, `always` meant a sync a message, twice. Features used need 2.15 too. */
const OLDEST_SERVER = [2, 15] as const;

/** How long to wait for further servers of a cluster after the last one answered. */
const MORE_SERVERS_MS = 200;

/** Servers of one cluster. */
const SERVERS_MAX = 100;

/** The part of the server's JSZ report that is used; it comes from another program, so it is read leniently. */
const Report = z.object({
  server: z.object({ name: z.string(), ver: z.string() }),
  data: z.object({ disabled: z.boolean().optional(), config: z.object({ sync_always: z.boolean().optional() }).optional() }),
});

const isOld = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < OLDEST_SERVER[0] || (major === OLDEST_SERVER[0] && minor < OLDEST_SERVER[1]);
};

function faultOf(report: z.infer<typeof Report>): string | undefined {
  const { server, data } = report;
  if (isOld(server.ver)) return `server ${server.name} runs ${server.ver}, older than ${OLDEST_SERVER.join('.')}`;
  if (data.disabled === true) return undefined; // A server of the cluster without JetStream keeps nothing.
  return data.config?.sync_always === true ? undefined : `server ${server.name} acknowledges before it has written to disk`;
}

async function askServers(nc: NatsConnection): Promise<z.infer<typeof Report>[]> {
  const reports: z.infer<typeof Report>[] = [];
  const options = { strategy: 'stall', maxWait: QUESTION_TIMEOUT_MS, stall: MORE_SERVERS_MS, maxMessages: SERVERS_MAX } as const;
  for await (const message of await nc.requestMany(SERVER_REPORT_SUBJECT, '{"config":true}', options)) {
    if (message.data.length > 0) reports.push(Report.parse(message.json()));
  }
  return reports;
}

/** Whether nobody was there to say, or the question is not allowed: such a server was not set up by us. */
const isUnanswered = (cause: unknown): boolean =>
  cause instanceof errors.NoRespondersError || cause instanceof errors.PermissionViolationError || cause instanceof errors.RequestError;

/** Resolves when every server syncs before it acknowledges. Throws serverNotDurable otherwise, also where no server says so. */
export async function requireDurableServer(nc: NatsConnection, url: string): Promise<void> {
  let reports: z.infer<typeof Report>[] = [];
  try {
    reports = await askServers(nc);
  } catch (cause) {
    if (!isUnanswered(cause)) throw serverFault(cause, `how ${url} keeps data`);
  }
  if (reports.length === 0)
    throw serverNotDurable({ url, why: `it does not say how it keeps data (nothing answers ${SERVER_REPORT_SUBJECT})` });
  const faults = reports.map(faultOf).filter((fault) => fault !== undefined);
  if (faults.length > 0) throw serverNotDurable({ url, why: faults.join('; ') });
}
