import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { CliFailure, EXIT } from './cli-failure.ts';

const SecretsSchema = z.object({ nats_seeds: z.record(z.string(), z.string()) });

/** Seeds of the NATS users by name, out of `secrets.json`; undefined where the system is not of this machine. Throws a CliFailure on a broken file. */
export function readNatsSeeds(home: string): Readonly<Record<string, string>> | undefined {
  const path = join(home, 'secrets.json');
  if (!existsSync(path)) return undefined;
  try {
    return SecretsSchema.parse(JSON.parse(readFileSync(path, 'utf8'))).nats_seeds;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CliFailure(
      { exit: EXIT.failed, code: 'secrets_unreadable', what: `${path} cannot be used.`, why, fix: 'Restore it from a backup.' },
      { cause },
    );
  }
}

/** The seed of one NATS user. Throws a CliFailure where this machine does not have it. */
export function requireNatsSeed(home: string, user: string): string {
  const seed = readNatsSeeds(home)?.[user];
  if (seed !== undefined) return seed;
  throw new CliFailure({
    exit: EXIT.notRunning,
    code: 'no_nats_seed',
    what: `The seed of the NATS user "${user}" is not on this machine.`,
    why: `${join(home, 'secrets.json')} does not exist or does not hold it.`,
    fix: 'Run "npm start" once, or run this command where the system was started, or name its folder with --home.',
  });
}
