/** Why the billing service refuses what is well-formed. */
import { defineProblem } from '@lurus/base/problem';

export const userUnknown = defineProblem<{ readonly user: string; readonly tenant: string; readonly otherTenants: readonly string[] }>({
  code: 'user_unknown',
  kind: 'not-found',
  status: 404,
  isRetryable: false,
  says: ({ user, tenant }) => `Tenant "${tenant}" has no user "${user}".`,
  fix: ({ user, tenant, otherTenants }) =>
    otherTenants.length > 0
      ? `A user of this name exists in ${otherTenants.map((name) => `"${name}"`).join(', ')}: name that tenant, or create one with POST /v1/users.`
      : `Create it with POST /v1/users {"name": "${user}", "tenant": "${tenant}"} or "lurus user add ${user}"; GET /v1/users lists those that exist.`,
});

export const userExists = defineProblem<{ readonly user: string; readonly tenant: string }>({
  code: 'user_exists',
  kind: 'conflict',
  status: 409,
  isRetryable: false,
  says: ({ user, tenant }) => `Tenant "${tenant}" has a user "${user}" already.`,
  fix: ({ user }) => `Use it as it is (GET /v1/users/${encodeURIComponent(user)}), or choose another name.`,
});

export const keyUnknown = defineProblem<{ readonly keyId: string }>({
  code: 'key_unknown',
  kind: 'not-found',
  status: 404,
  isRetryable: false,
  says: ({ keyId }) => `There is no API key ${keyId}.`,
  fix: () => 'GET /v1/keys lists the keys of a tenant; the id is the eight characters after "sk-lurus-".',
});

export const keyRevoked = defineProblem<{ readonly keyId: string; readonly at: string }>({
  code: 'key_revoked',
  kind: 'conflict',
  status: 409,
  isRetryable: false,
  says: ({ keyId, at }) => `API key ${keyId} was revoked at ${at}; a revoked key stays revoked.`,
  fix: () => 'Issue another key with POST /v1/keys.',
});

export const referenceUsed = defineProblem<{ readonly reference: string; readonly sequence: number }>({
  code: 'reference_used',
  kind: 'conflict',
  status: 409,
  isRetryable: false,
  says: ({ reference, sequence }) =>
    `The reference "${reference}" moved money of this wallet already, by event ${sequence} of BILLING_EVENTS. Nothing was done now.`,
  fix: () => 'If this is another movement, give it a reference of its own; if it is the same one, there is nothing to do.',
});

export const moreThanAvailable = defineProblem<{ readonly asked: string; readonly available: string }>({
  code: 'more_than_available',
  kind: 'conflict',
  status: 409,
  isRetryable: true,
  says: ({ asked, available }) => `The wallet has $${available} available; $${asked} cannot be taken from it. Nothing was done.`,
  fix: () => 'Take at most what is available; money that running requests hold comes free when they end.',
});
