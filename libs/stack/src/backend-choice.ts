/** Which of the three makers is used, and how it is called for a whole system. */
import type { RunningBackends } from './backends.ts';
import { answersDocker } from './docker-engine.ts';
import { startEmbedded } from './embedded.ts';
import { useExternal } from './external.ts';
import type { Home } from './home.ts';
import type { Ports } from './ports.ts';
import type { Secrets } from './secrets.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface BackendChoice {
  readonly LURUS_STACK: 'auto' | 'embedded' | 'containers' | 'external';
  readonly LURUS_NATS_SERVER?: string | undefined;
  readonly LURUS_NATS_URL?: string | undefined;
  readonly LURUS_POSTGRES_URL?: string | undefined;
  readonly LURUS_CLICKHOUSE_URL?: string | undefined;
}

/** What a maker needs for a whole system. */
export interface BackendsInput {
  readonly choice: BackendChoice;
  readonly home: Home;
  readonly ports: Ports;
  readonly secrets: Secrets;
  readonly env: Environment;
  /** False for tests alone. */
  readonly isDurable: boolean;
  readonly onProgress: (message: string) => void;
  readonly onCrash: (message: string) => void;
}

/** Starts the back ends of a system in the way that its settings name. `auto` takes containers where a Docker engine answers. */
export async function startBackends(input: BackendsInput): Promise<RunningBackends> {
  const { choice, home, ports, secrets, env, isDurable, onProgress, onCrash } = input;
  const shared = { folder: home.data, ports, secrets, clickHouseDatabases: ['lurus'], onProgress };
  if (choice.LURUS_STACK === 'external') return startExternal(choice);
  const isContainers = choice.LURUS_STACK === 'containers' || (choice.LURUS_STACK === 'auto' && (await answersDocker(env)));
  if (isContainers) {
    // Loading testcontainers takes longer than starting a back end; most systems never need it.
    const { startContainers } = await import('./containers.ts');
    return startContainers({ ...shared, isKept: isDurable });
  }
  const natsBinary = { given: choice.LURUS_NATS_SERVER, env, onProgress };
  return startEmbedded({ ...shared, logs: home.logs, isDurable, natsBinary, onCrash });
}

function startExternal(choice: BackendChoice): Promise<RunningBackends> {
  const { LURUS_NATS_URL: natsUrl, LURUS_POSTGRES_URL: postgresUrl, LURUS_CLICKHOUSE_URL: clickhouseUrl } = choice;
  if (natsUrl && postgresUrl && clickhouseUrl) return useExternal({ natsUrl, postgresUrl, clickhouseUrl });
  throw new Error('LURUS_STACK=external needs the three URLs: set LURUS_NATS_URL, LURUS_POSTGRES_URL and LURUS_CLICKHOUSE_URL');
}
