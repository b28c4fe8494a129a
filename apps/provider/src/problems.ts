/** Why the provider service refuses what is well-formed. */
import { defineProblem } from '@lurus/base/problem';

export const providerUnknown = defineProblem<{ readonly name: string; readonly tenant: string; readonly known: readonly string[] }>({
  code: 'provider_unknown',
  kind: 'not-found',
  status: 404,
  isRetryable: false,
  says: ({ name, tenant }) => `Tenant "${tenant}" has no provider "${name}".`,
  fix: ({ known }) =>
    known.length > 0
      ? `Its providers are ${known.map((name) => `"${name}"`).join(', ')}; register another with POST /v1/providers.`
      : 'Register it with POST /v1/providers or "lurus provider add"; it has none yet.',
});

export const providerExists = defineProblem<{ readonly name: string; readonly tenant: string }>({
  code: 'provider_exists',
  kind: 'conflict',
  status: 409,
  isRetryable: false,
  says: ({ name, tenant }) => `Tenant "${tenant}" has a provider "${name}" already.`,
  fix: ({ name }) => `Change it with PUT /v1/providers/${encodeURIComponent(name)}, or choose another name.`,
});

export const credentialMissing = defineProblem<{ readonly authStyle: string }>({
  code: 'credential_missing',
  kind: 'invalid-request',
  status: 400,
  isRetryable: false,
  says: ({ authStyle }) => `The auth style "${authStyle}" needs a credential, and there is none.`,
  fix: () => 'Give "credential", or the auth style "none" for a provider that asks for none.',
});

export const credentialUnused = defineProblem<{ readonly name: string }>({
  code: 'credential_unused',
  kind: 'invalid-request',
  status: 400,
  isRetryable: false,
  says: ({ name }) => `The auth style "none" never sends a credential, but provider "${name}" has one.`,
  fix: () => 'Leave "auth_style" out to send the credential as the dialect does, or set "credential" to null to forget it.',
});

export const priceUnknown = defineProblem<{ readonly model: string; readonly tenant: string }>({
  code: 'price_unknown',
  kind: 'not-found',
  status: 404,
  isRetryable: false,
  says: ({ model, tenant }) => `Tenant "${tenant}" has no price in force for the pattern "${model}".`,
  fix: () => 'GET /v1/prices lists the patterns that have one; a pattern is named exactly as it was published.',
});
