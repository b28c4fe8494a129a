/**
 * Configuration is declared once: every `LURUS_` variable of every process stands in `settings.ts`, with a sentence. Environment reading,
 * `lurus settings` and the reference page come from it. An unknown `LURUS_` variable is an error, since it is a typo that would do nothing.
 */
import type { z } from 'zod';
import { type SettingName, settings } from './settings.ts';

/** The values of the named settings, parsed. */
export type SettingsOf<Names extends SettingName> = { readonly [Name in Names]: z.output<(typeof settings)[Name]['schema']> };

/** One or more settings are missing, malformed or unknown; the message lists every fault and what to do. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

type Environment = Readonly<Record<string, string | undefined>>;

function unknownNames(environment: Environment): string[] {
  return Object.keys(environment).filter((name) => name.startsWith('LURUS_') && !(name in settings));
}

/**
 * Reads the named settings from an environment; absent ones take their default.
 * Throws a SettingsError that names every fault at once.
 */
export function readSettings<const Names extends SettingName>(environment: Environment, names: readonly Names[]): SettingsOf<Names> {
  const faults = unknownNames(environment).map((name) => `${name} is no setting of Lurus Switch: remove it or correct its name`);
  const values: Record<string, unknown> = {};
  for (const name of names) {
    const given = environment[name];
    const result = settings[name].schema.safeParse(given === '' ? undefined : given);
    if (result.success) values[name] = result.data;
    else faults.push(`${name}: ${result.error.issues.map((issue) => issue.message).join('; ')} (${settings[name].says})`);
  }
  if (faults.length > 0) throw new SettingsError(`the settings cannot be used:\n  ${faults.join('\n  ')}`);
  return values as SettingsOf<Names>; // Built from exactly these names, each parsed by its schema.
}
