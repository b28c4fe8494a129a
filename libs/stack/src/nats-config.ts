/** The configuration of nats-server, as text: addresses here, everything about durability and rights from the journal. Pure. */
import { publicKeyOfSeed } from '@lurus/journal/nkey';
import { permissionsOf } from '@lurus/journal/permissions';
import { natsAccounts, natsJetStream, type NatsUser } from '@lurus/journal/server-config';
import { allStreams } from '@lurus/streams/all';
import { allProcesses } from '@lurus/streams/processes';

/** What one server listens on. */
export interface NatsAddresses {
  readonly host: string;
  readonly port: number;
  readonly webSocketPort: number;
  /** Loopback wherever that is possible: whoever reads it sees every subject and client. */
  readonly monitoringHost: string;
  readonly monitoringPort: number;
}

/** Names of the NATS users, one a kind of process. */
export const natsUserNames: readonly string[] = allProcesses.map((process) => process.name);

/** Each process's NATS user: the public half of its nkey and the subjects that the declarations give it. */
export const natsUsers = (seeds: Readonly<Record<string, string>>): NatsUser[] =>
  allProcesses.map((process) => {
    const seed = seeds[process.name];
    if (!seed) throw new Error(`there is no nkey seed for the process ${process.name}`);
    return { name: process.name, publicKey: publicKeyOfSeed(seed), permissions: permissionsOf(process, allStreams) };
  });

/** The whole configuration. JSON strings are valid in the server's configuration language. */
export const natsConfig = (input: {
  readonly addresses: NatsAddresses;
  readonly storeFolder: string;
  readonly users: readonly NatsUser[];
}): string => `# Written at every start by Lurus Switch; changes here are lost.
server_name: lurus
listen: ${JSON.stringify(`${input.addresses.host}:${input.addresses.port}`)}
http: ${JSON.stringify(`${input.addresses.monitoringHost}:${input.addresses.monitoringPort}`)}
websocket {
  listen: ${JSON.stringify(`${input.addresses.host}:${input.addresses.webSocketPort}`)}
  no_tls: true
}
${natsJetStream({ storeFolder: input.storeFolder })}${natsAccounts(input.users)}`;
