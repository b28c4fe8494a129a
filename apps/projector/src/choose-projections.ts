import { SettingsError } from '@lurus/base/setting';
import type { Projection } from '@lurus/projection/define-projection';
import { keys } from '@lurus/projections/keys/projection';
import { prices } from '@lurus/projections/prices/projection';
import { requestLog } from '@lurus/projections/request-log/projection';
import { routes } from '@lurus/projections/routes/projection';
import { usageHourly } from '@lurus/projections/usage-hourly/projection';
import { wallets } from '@lurus/projections/wallets/projection';

/** Every projection that exists. */
export const allProjections: readonly Projection[] = [wallets, keys, routes, prices, requestLog, usageHourly];

/** The projections that LURUS_PROJECTIONS names, `all` for every one. Throws a SettingsError that lists the unknown ones. */
export function chooseProjections(setting: string): readonly Projection[] {
  if (setting.trim() === 'all') return allProjections;
  const names = setting.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !allProjections.some((projection) => projection.name === name));
  if (unknown.length > 0) {
    const known = allProjections.map(({ name }) => name).join(', ');
    throw new SettingsError(`LURUS_PROJECTIONS names what is no projection: ${unknown.join(', ')}. There are ${known}.`);
  }
  return allProjections.filter(({ name }) => names.includes(name));
}
