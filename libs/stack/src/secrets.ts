/** Every secret of a system, random, made on its first start and kept in `secrets.json` of its home folder. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createUserSeed } from '@lurus/journal/nkey';
import { z } from 'zod';
import { writePrivateFile } from './private-file.ts';

const Text = z.string().min(16);

const SecretsSchema = z.object({
  /** Seed of the nkey of each NATS user, by name. */
  nats_seeds: z.record(z.string(), Text),
  /** Of the superuser `postgres`, who makes databases and roles and is nobody's login otherwise. */
  postgres_superuser_password: Text,
  /** Of `lurus`, who owns the database `lurus`. */
  postgres_password: Text,
  /** Of `analyst`, who reads the views. */
  postgres_analyst_password: Text,
  clickhouse_password: Text,
  clickhouse_analyst_password: Text,
  /** Bearer token of the operators. */
  admin_token: Text,
  /** Part of every API key's digest: with another pepper no key works. */
  key_pepper: Text,
  /** Provider credentials are sealed with it: without it they are lost. */
  master_key: Text,
  /** The demo user's API key, shown again on every start. Null until it was issued. */
  demo_key: z.string().nullable(),
});

export type Secrets = z.output<typeof SecretsSchema>;

/** 256 bits, in characters that need no escape in URLs, shells and configuration files. */
const randomSecret = (): string => randomBytes(32).toString('base64url');

const makeSeeds = (names: readonly string[]): Record<string, string> => Object.fromEntries(names.map((name) => [name, createUserSeed()]));

/** Fresh secrets, with one NATS seed a user. */
export const makeSecrets = (natsUsers: readonly string[]): Secrets => ({
  nats_seeds: makeSeeds(natsUsers),
  postgres_superuser_password: randomSecret(),
  postgres_password: randomSecret(),
  postgres_analyst_password: randomSecret(),
  clickhouse_password: randomSecret(),
  clickhouse_analyst_password: randomSecret(),
  admin_token: `lurus-admin-${randomSecret()}`,
  key_pepper: randomSecret(),
  master_key: randomSecret(),
  demo_key: null,
});

/** Writes the secrets readable for their owner alone. */
export const saveSecrets = (path: string, secrets: Secrets): void => writePrivateFile(path, `${JSON.stringify(secrets, null, 2)}\n`);

/**
 * The secrets kept at `path`; made and kept on the first call. A user that a newer version added gets its seed here.
 * Throws an Error where the file is there but unusable: making new secrets would lock the system out of its own data.
 */
export function loadSecrets(path: string, natsUsers: readonly string[]): Secrets {
  if (!existsSync(path)) {
    const fresh = makeSecrets(natsUsers);
    saveSecrets(path, fresh);
    return fresh;
  }
  const kept = parseSecrets(path);
  const added = natsUsers.filter((name) => !(name in kept.nats_seeds));
  if (added.length === 0) return kept;
  const secrets = { ...kept, nats_seeds: { ...kept.nats_seeds, ...makeSeeds(added) } };
  saveSecrets(path, secrets);
  return secrets;
}

function parseSecrets(path: string): Secrets {
  try {
    return SecretsSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw new Error(`${path} cannot be used: restore it from a backup; without it the data beside it cannot be opened`, { cause: error });
  }
}
