import { join } from 'node:path';

/** Where everything of one system lies. */
export interface Home {
  readonly folder: string;
  readonly secrets: string;
  /** What a running system tells others about itself; absent while none runs. */
  readonly ready: string;
  readonly lock: string;
  readonly logs: string;
  /** Exists while the back ends of this system run; its processes connect to nothing before. */
  readonly startGate: string;
  /** What the three back ends keep. */
  readonly data: string;
  /** The configuration folder of the nats CLI: `XDG_CONFIG_HOME` for it. */
  readonly natsCli: string;
  /** The accounts block for a NATS server that others run. */
  readonly natsAccounts: string;
}

/** The places inside a home folder, which must be an absolute path. */
export const homeAt = (folder: string): Home => ({
  folder,
  secrets: join(folder, 'secrets.json'),
  ready: join(folder, 'ready.json'),
  lock: join(folder, 'supervisor.json'),
  logs: join(folder, 'logs'),
  startGate: join(folder, 'start-gate'),
  data: join(folder, 'data'),
  natsCli: folder,
  natsAccounts: join(folder, 'nats', 'lurus-accounts.conf'),
});
