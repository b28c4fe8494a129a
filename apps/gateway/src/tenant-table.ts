/** A bucket in memory, divided by tenant: the first token of its keys. */
import type { TenantId } from '@lurus/base/ids';
import type { Mirror } from '@lurus/journal/journal';

export interface TenantTable<Value> {
  /** Everything that one tenant has; a request never sees another's. */
  readonly of: (tenantId: TenantId) => Iterable<Value>;
  /** Changes whenever the table does, so that what was computed from it can be kept until then. */
  readonly revision: () => number;
}

interface Stored {
  readonly tenantId: TenantId;
}

/** Follows a mirror whose values name their tenant. `isAlive` says which values count; the others are entries of what was removed. */
export function createTenantTable<Value extends Stored>(
  mirror: Pick<Mirror<Value>, 'entries' | 'onChange'>,
  isAlive: (value: Value) => boolean,
): TenantTable<Value> {
  const tenants = new Map<string, Map<string, Value>>();
  let revision = 0;
  const apply = (key: string, value: Value | undefined): void => {
    revision += 1;
    const tenant = key.slice(0, Math.max(0, key.indexOf('.')));
    const values = tenants.get(tenant) ?? new Map<string, Value>();
    tenants.set(tenant, values);
    // The value's own tenant decides as well: a misfiled entry must not leak into another tenant.
    if (value && isAlive(value) && value.tenantId === tenant) values.set(key, value);
    else values.delete(key);
  };
  // Listening first: what changes while the entries are read is then applied twice, not missed.
  mirror.onChange(apply);
  for (const [key, value] of mirror.entries()) apply(key, value);
  return { of: (tenantId) => tenants.get(tenantId)?.values() ?? [], revision: () => revision };
}
