/**
 * The accounts of a nats-server's configuration: users with their subjects, and the one question that processes may ask the system account.
 * Ports, TLS and folders are the caller's. Pure text, in the server's own format.
 */
import { type NatsPermissions, SERVER_REPORT_SUBJECT } from './permissions.ts';

/** One process, as the server knows it: its public nkey (`U…`, see `nkey.ts`) and the subjects that it may use. */
export interface NatsUser {
  readonly name: string;
  readonly publicKey: string;
  readonly permissions: NatsPermissions;
}

/** Consumers that one stream may have; every mirror is one, and servers from 2.15 on stop at 1000 unless told otherwise. */
export const CONSUMERS_PER_STREAM_MAX = 5_000;

/** JSON strings are valid in the server's configuration language; unquoted, `$` would start a variable. */
const quoted = (text: string): string => JSON.stringify(text);

/** An empty list of allowed subjects means "everything" to the server, so nothing is written as a denial of everything. */
const allowed = (subjects: readonly string[]): string =>
  subjects.length === 0 ? '{ deny: ">" }' : `{ allow: [${subjects.map(quoted).join(', ')}] }`;

const userLine = ({ name, publicKey, permissions }: NatsUser): string => `
      # ${name}
      { nkey: ${publicKey}, permissions: { publish: ${allowed(permissions.publish)}, subscribe: ${allowed(permissions.subscribe)} } }`;

/**
 * The blocks `accounts` and `system_account`, to be included in a server's configuration. The system account exports one question, how
 * JetStream is configured, so that processes can see for themselves that acknowledged means on disk (`durable-server.ts`).
 */
export const natsAccounts = (users: readonly NatsUser[]): string => `accounts {
  SYS {
    exports: [{ service: "$SYS.REQ.SERVER.PING.JSZ", response: stream }]
  }
  LURUS {
    jetstream: enabled
    imports: [{ service: { account: SYS, subject: "$SYS.REQ.SERVER.PING.JSZ" }, to: ${quoted(SERVER_REPORT_SUBJECT)} }]
    users: [${users.map(userLine).join('')}
    ]
  }
}
system_account: SYS
`;

/**
 * The block `jetstream`. `sync_interval: always` is what makes an acknowledgement mean "on disk": by default the server flushes every two
 * minutes, and a power cut loses everything acknowledged since.
 */
export const natsJetStream = (input: { readonly storeFolder: string }): string => `jetstream {
  store_dir: ${quoted(input.storeFolder)}
  sync_interval: always
  max_mem: 256MB
  # The volume is the limit: events that are the truth are never dropped to stay under a number.
  max_file: 1TB
  limits { default_max_consumers: ${CONSUMERS_PER_STREAM_MAX}, max_ack_pending: 20000 }
}
`;
