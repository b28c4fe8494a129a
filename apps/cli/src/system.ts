import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { CliFailure, EXIT, usageFailure } from './cli-failure.ts';

/** The processes that commands talk to. */
export const SERVICES = ['gateway', 'provider', 'billing', 'log', 'projector'] as const;
export type ServiceName = (typeof SERVICES)[number];

/** What `npm start` writes once everything answers: `.lurus/ready.json`. */
export const ReadySchema = z.object({
  gateway: z.url(),
  provider: z.url(),
  billing: z.url(),
  log: z.url(),
  projector: z.url().optional(),
  simulator: z.url().optional(),
  nats: z.string(),
  nats_ws: z.string().optional(),
  postgres: z.string(),
  clickhouse: z.string(),
  admin_token: z.string(),
  demo_key: z.string(),
});
export type Ready = z.output<typeof ReadySchema>;

/** Where a command finds the system: a running one on this machine, or addresses that were given. */
export interface System {
  readonly home: string;
  /** Throws a CliFailure that says how to start or name the service. */
  readonly urlOf: (service: ServiceName) => string;
  /** Throws a CliFailure where no token is known. */
  readonly adminToken: () => string;
  /** Undefined where no system of this machine is described. */
  readonly ready: Ready | undefined;
  /** Addresses that were named by options or the environment. */
  readonly givenUrls: Readonly<Partial<Record<ServiceName, string>>>;
}

export interface SystemInput {
  /** Folder of the state, absolute. */
  readonly home: string;
  readonly urls: Readonly<Partial<Record<ServiceName, string>>>;
  readonly adminToken: string | undefined;
}

/** Reads where the system is. A missing ready file is no failure until something of it is needed. */
export function findSystem(input: SystemInput): System {
  const ready = readReady(join(input.home, 'ready.json'));
  return {
    home: input.home,
    ready,
    givenUrls: input.urls,
    urlOf: (service) => {
      const url = input.urls[service] ?? ready?.[service];
      if (url === undefined) throw notRunning(input.home, service);
      return url.replace(/\/$/, '');
    },
    adminToken: () => {
      const token = input.adminToken ?? ready?.admin_token;
      if (token === undefined) throw noToken(input.home);
      return token;
    },
  };
}

function readReady(path: string): Ready | undefined {
  if (!existsSync(path)) return undefined;
  const parsed = ReadySchema.safeParse(parseJson(path));
  if (parsed.success) return parsed.data;
  throw new CliFailure({
    exit: EXIT.failed,
    code: 'ready_file_broken',
    what: `${path} is not what npm start writes.`,
    why: parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '),
    fix: 'Restart the system with "npm start"; it writes the file anew.',
  });
}

function parseJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const what = `${path} cannot be read.`;
    throw new CliFailure(
      { exit: EXIT.failed, code: 'ready_file_broken', what, why, fix: 'Restart the system with "npm start".' },
      { cause },
    );
  }
}

const notRunning = (home: string, service: ServiceName): CliFailure =>
  new CliFailure({
    exit: EXIT.notRunning,
    code: 'not_running',
    what: 'No running system was found.',
    why: `${join(home, 'ready.json')} does not exist or names no ${service} service.`,
    fix: `Run "npm start" first. For a system elsewhere give --url ${service}=https://… or LURUS_${service.toUpperCase()}_URL.`,
  });

const noToken = (home: string): CliFailure =>
  new CliFailure({
    exit: EXIT.notRunning,
    code: 'no_admin_token',
    what: 'No admin token is known.',
    why: `${join(home, 'ready.json')} does not exist and LURUS_ADMIN_TOKEN is not set.`,
    fix: 'Run "npm start" first, or set LURUS_ADMIN_TOKEN to the token of the system that you mean.',
  });

/** Reads `billing=https://…` of the `--url` option. Throws a usage failure on another shape. */
export function parseServiceUrl(text: string): readonly [ServiceName, string] {
  const at = text.indexOf('=');
  const service = SERVICES.find((name) => name === text.slice(0, at));
  const url = text.slice(at + 1);
  if (!service || !z.url({ protocol: /^https?$/ }).safeParse(url).success) {
    throw usageFailure(`"${text}" names no service.`, `Write --url <service>=<url> with one of ${SERVICES.join(', ')}.`);
  }
  return [service, url];
}
