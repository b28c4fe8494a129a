/**
 * The part of a nats-server's configuration that belongs to the journal: durability, limits, accounts and users. Ports, TLS and folders are
 * the caller's. Pure text, in the server's own format.
 */
import { type NatsPermissions, SERVER_REPORT_SUBJECT } from './permissions.ts';

export interface NatsUser {
  readonly name: string;
  /** `U…`; see `nkey.ts`. */
  readonly publicKey: string;
  readonly permissions: NatsPermissions;
}

export interface ServerConfigInput {
  readonly storeFolder: string;
  readonly users: readonly NatsUser[];
}

/** Consumers that one stream may have; every mirror is one, and servers from 2.15 on stop at 1000 unless told otherwise. */
export const CONSUMERS_PER_STREAM_MAX = 5_000;

const quoted = (text: string): string => JSON.stringify(text);
const list = (subjects: readonly string[]): string => `[${subjects.map(quoted).join(', ')}]`;

const user = ({ name, publicKey, permissions }: NatsUser): string => `
      # ${name}
      { nkey: ${publicKey}, permissions: { publish: { allow: ${list(permissions.publish.allow)} }, subscribe: { allow: ${list(permissions.subscribe.allow)} } } }`;

/**
 * The blocks `jetstream`, `accounts` and `system_account`. `sync_interval: always` is what makes an acknowledgement mean "on disk":
 * by default the server flushes every two minutes, and a power cut loses everything acknowledged since.
 * The system account exports one question (how is your JetStream configured?), so that processes can see this for themselves.
 */
export const serverConfig = ({ storeFolder, users }: ServerConfigInput): string => `
jetstream {
  store_dir: ${quoted(storeFolder)}
  sync_interval: always
  limits { default_max_consumers: ${CONSUMERS_PER_STREAM_MAX}, max_ack_pending: 20000, duplicate_window: "10m" }
}
accounts {
  SYS {
    exports: [{ service: "$SYS.REQ.SERVER.PING.JSZ", response: stream }]
  }
  LURUS {
    jetstream: enabled
    imports: [{ service: { account: SYS, subject: "$SYS.REQ.SERVER.PING.JSZ" }, to: ${quoted(SERVER_REPORT_SUBJECT)} }]
    users: [${users.map(user).join('')}
    ]
  }
}
system_account: SYS
`;
