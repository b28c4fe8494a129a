/** The operators' bearer token of the services. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { defineProblem } from '@lurus/base/problem';

/** No token, or a wrong one. Both get the same answer, so that it tells nothing to somebody who guesses. */
export const adminTokenRefused = defineProblem<{ readonly wasGiven: boolean }>({
  code: 'admin_token_refused',
  kind: 'authentication',
  status: 401,
  isRetryable: false,
  says: ({ wasGiven }) => (wasGiven ? 'The admin token is not the one of this system.' : 'This operation needs the admin token.'),
  fix: () => 'Send "Authorization: Bearer <admin token>"; the token stands in .lurus/ready.json as admin_token.',
});

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * Returns the check of an Authorization header against the token. Digests of equal length are compared in constant time, so neither the
 * token nor its length can be learnt from how long a refusal takes.
 */
export function createAdminTokenCheck(adminToken: string): (authorization: string | undefined) => 'accepted' | 'missing' | 'wrong' {
  const expected = sha256(adminToken);
  return (authorization) => {
    const given = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    const isEqual = timingSafeEqual(sha256(given ?? ''), expected);
    if (given === undefined) return 'missing';
    return isEqual ? 'accepted' : 'wrong';
  };
}
