import { request } from 'node:http';

/** A Docker engine answers its ping in milliseconds. */
const PING_TIMEOUT_MS = 1_500;

function socketOf(env: Readonly<Record<string, string | undefined>>): { socketPath: string } | { host: string; port: number } {
  const url = new URL(env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock');
  if (url.protocol === 'unix:') return { socketPath: url.pathname };
  return { host: url.hostname, port: Number(url.port || 2375) };
}

/** Whether a Docker engine answers. Its command-line client alone does not count: it is often installed where no engine runs. */
export function answersDocker(env: Readonly<Record<string, string | undefined>>): Promise<boolean> {
  return new Promise((resolve) => {
    const ping = request({ ...socketOf(env), path: '/_ping', timeout: PING_TIMEOUT_MS }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    ping.once('error', () => resolve(false));
    ping.once('timeout', () => ping.destroy());
    ping.end();
  });
}
