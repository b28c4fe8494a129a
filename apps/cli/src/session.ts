import { isAbsolute, join } from 'node:path';
import { SettingsError, readSettings } from '@lurus/base/setting';
import { TenantIdSchema } from '@lurus/base/ids';
import type { Command } from 'commander';
import { usageFailure } from './cli-failure.ts';
import { type CallService, createServiceClient } from './service-client.ts';
import type { Surroundings } from './surroundings.ts';
import { type ServiceName, type System, findSystem } from './system.ts';

/** Options that every command takes. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly tenant?: string;
  readonly home?: string;
  readonly idempotencyKey?: string;
  readonly url?: readonly (readonly [ServiceName, string])[];
}

/** One run of one command. */
export interface Session {
  readonly isJson: boolean;
  readonly tenant: string;
  readonly system: System;
  readonly call: CallService;
  /** Name of this command: repeating it under the same name has no second effect. Undefined unless given. */
  readonly idempotencyKey: string | undefined;
  /** The API key in the environment, if any. */
  readonly apiKey: string | undefined;
  /** What is added to every default port of a system on this machine. */
  readonly portShift: number;
  /** Writes the result: the value as JSON with `--json`, else what `render` makes of it for people. */
  readonly show: (value: unknown, render: () => string) => void;
  /** Tells a person something that is not data. Silent with `--json`. */
  readonly note: (text: string) => void;
}

const SETTINGS = [
  'LURUS_HOME',
  'LURUS_PORT_SHIFT',
  'LURUS_TENANT',
  'LURUS_API_KEY',
  'LURUS_ADMIN_TOKEN',
  'LURUS_GATEWAY_URL',
  'LURUS_PROVIDER_URL',
  'LURUS_BILLING_URL',
  'LURUS_LOG_URL',
  'LURUS_PROJECTOR_URL',
] as const;

/** Opens the session of a command: options first, then the environment, then the ready file. Throws a CliFailure on settings that cannot be used. */
export function openSession(command: Command, surroundings: Surroundings): Session {
  const options = command.optsWithGlobals<GlobalOptions>();
  const settings = readCliSettings(surroundings.environment);
  const system = findSystem({
    home: homeFolder({ options, surroundings }),
    adminToken: surroundings.environment['LURUS_ADMIN_TOKEN'] === undefined ? undefined : settings.LURUS_ADMIN_TOKEN,
    urls: { ...urlsOf(settings), ...Object.fromEntries(options.url ?? []) },
  });
  const isJson = options.json === true;
  return {
    isJson,
    tenant: parseTenant(options.tenant ?? settings.LURUS_TENANT),
    system,
    idempotencyKey: options.idempotencyKey,
    apiKey: settings.LURUS_API_KEY,
    portShift: settings.LURUS_PORT_SHIFT,
    call: createServiceClient({ system, fetch: surroundings.fetch }),
    show: (value, render) => surroundings.writeData(isJson ? `${JSON.stringify(value, null, 2)}\n` : render()),
    note: (text) => {
      if (!isJson) surroundings.writeNote(`${text}\n`);
    },
  };
}

type CliSettings = ReturnType<typeof readSettings<(typeof SETTINGS)[number]>>;

function readCliSettings(environment: Surroundings['environment']): CliSettings {
  try {
    // The token is required of a service but optional here: mostly it stands in the ready file.
    return readSettings(
      { ...environment, LURUS_ADMIN_TOKEN: environment['LURUS_ADMIN_TOKEN'] ?? 'not-given-in-the-environment' },
      SETTINGS,
    );
  } catch (error) {
    if (error instanceof SettingsError)
      throw usageFailure(error.message, 'Correct the environment; "lurus settings" lists every variable.');
    throw error;
  }
}

/** The repository's own folder unless told otherwise, so that `npx lurus` finds the same system from every folder of it. */
function homeFolder(input: { readonly options: GlobalOptions; readonly surroundings: Surroundings }): string {
  const { options, surroundings } = input;
  const given = options.home ?? surroundings.environment['LURUS_HOME'];
  if (given === undefined || given === '') return join(surroundings.repositoryRoot, '.lurus');
  return isAbsolute(given) ? given : join(surroundings.workingFolder, given);
}

function urlsOf(settings: CliSettings): Partial<Record<ServiceName, string>> {
  const named: readonly (readonly [ServiceName, string | undefined])[] = [
    ['gateway', settings.LURUS_GATEWAY_URL],
    ['provider', settings.LURUS_PROVIDER_URL],
    ['billing', settings.LURUS_BILLING_URL],
    ['log', settings.LURUS_LOG_URL],
    ['projector', settings.LURUS_PROJECTOR_URL],
  ];
  return Object.fromEntries(named.filter(([, url]) => url !== undefined));
}

function parseTenant(text: string): string {
  const parsed = TenantIdSchema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw usageFailure(`"${text}" is no tenant.`, `A tenant ${parsed.error.issues[0]?.message ?? 'is a short name'}.`);
}
