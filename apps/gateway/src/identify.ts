/** Who is calling: the API key of a request, wherever its client put it, looked up in the mirror of KEYS. */
import { digestOf, digestsEqual, keyIdOf } from '@lurus/base/api-key';
import { epochMsOf } from '@lurus/base/clock';
import type { BucketValue } from '@lurus/events/bucket';
import type { keysBucket } from '@lurus/streams/buckets';
import { keyExpired, keyInvalid, keyMissing, keyRevoked } from './problems.ts';

/** The key of a request with its owner and limits. */
export type Caller = BucketValue<typeof keysBucket>;

export interface IdentifyInput {
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** From `?key=`, which the Gemini API allows. */
  readonly queryKey: string | undefined;
}

export interface KeyRing {
  readonly find: (keyId: string) => Caller | undefined;
  readonly pepper: string;
  /** Wall-clock time: keys expire at a date. */
  readonly nowMs: () => number;
}

/** Compared with when a key is unknown, so that it takes as long as a known one. */
const NO_DIGEST = '0'.repeat(64);

/** The caller of a request. Throws an authentication Problem where the key is missing, malformed, unknown, revoked or expired. */
export function identify(input: IdentifyInput, keys: KeyRing): Caller {
  const presented = presentedKeys(input);
  if (presented.length === 0) throw keyMissing();
  // Clients may send several headers, some with placeholders: the first that can be one of ours counts.
  const secret = presented.find((candidate) => keyIdOf(candidate) !== undefined);
  const keyId = secret === undefined ? undefined : keyIdOf(secret);
  if (secret === undefined || keyId === undefined) throw keyInvalid();
  const caller = keys.find(keyId);
  const isSame = digestsEqual(digestOf(secret, keys.pepper), caller?.digest ?? NO_DIGEST);
  if (!caller || !isSame) throw keyInvalid();
  if (caller.isRevoked) throw keyRevoked({ keyId });
  if (caller.expiresAt !== null && epochMsOf(caller.expiresAt) <= keys.nowMs()) throw keyExpired({ keyId, expiresAt: caller.expiresAt });
  return caller;
}

function presentedKeys({ headers, queryKey }: IdentifyInput): string[] {
  const bearer = /^bearer\s+(\S+)\s*$/i.exec(headers['authorization'] ?? '')?.[1];
  const candidates = [headers['x-api-key'], bearer, headers['x-goog-api-key'], queryKey];
  return candidates.filter((candidate): candidate is string => candidate !== undefined && candidate !== '').map((key) => key.trim());
}
