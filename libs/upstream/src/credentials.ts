/** Provider credentials, opened once. */
import { unseal } from '@lurus/base/seal';

/** Opened credentials kept in memory: more than anybody has providers. */
const OPENED_MAX = 10_000;

export interface Credentials {
  /** The plain credential of a provider, or undefined where it has none. Throws an Error when the sealed text does not open. */
  readonly open: (provider: { readonly providerId: string; readonly sealedCredential: string | null }) => string | undefined;
}

/** Opens sealed credentials with the master key and remembers them by their sealed text, so that a changed one is opened anew. */
export function createCredentials(masterKey: string): Credentials {
  const opened = new Map<string, string>();
  return {
    open: ({ providerId, sealedCredential }) => {
      if (sealedCredential === null) return undefined;
      const name = `${providerId} ${sealedCredential}`;
      const known = opened.get(name);
      if (known !== undefined) return known;
      const secret = unseal({ sealed: sealedCredential, owner: providerId, masterKey });
      if (opened.size >= OPENED_MAX) opened.clear();
      opened.set(name, secret);
      return secret;
    },
  };
}
