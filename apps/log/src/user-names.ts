/** Names of users: the log has ids, people read names. */
import type { TenantId } from '@lurus/base/ids';
import { defineProblem } from '@lurus/base/problem';
import { isPostgresAway } from '@lurus/projection/postgres/open-postgres';
import type { Log } from './log.ts';

export const userUnknown = defineProblem<{ readonly user: string; readonly tenant: string }>({
  code: 'user_unknown',
  kind: 'not-found',
  status: 404,
  isRetryable: false,
  says: ({ user, tenant }) => `Tenant "${tenant}" has no user "${user}".`,
  fix: () => 'GET /v1/users of the billing service lists those that exist; name the tenant if it is another one.',
});

/** The id of a user by name. Throws a Problem 404. */
export async function userIdOf(
  log: Pick<Log, 'views'>,
  { tenant, user }: { readonly tenant: TenantId; readonly user: string },
): Promise<string> {
  const { rows } = await log.views.query<{ user_id: string }>('select user_id from users where tenant_id = $1 and user_name = $2', [
    tenant,
    user,
  ]);
  if (!rows[0]) throw userUnknown({ user, tenant });
  return rows[0].user_id;
}

/**
 * The names of these users. Those that the view does not have are absent; while Postgres is away all are: a log without names is better
 * than none.
 */
export async function namesOf(log: Pick<Log, 'views' | 'logger'>, userIds: Iterable<string>): Promise<ReadonlyMap<string, string>> {
  const wanted = [...new Set(userIds)];
  if (wanted.length === 0) return new Map();
  try {
    const { rows } = await log.views.query<{ user_id: string; user_name: string }>(
      'select user_id, user_name from users where user_id = any ($1::text[])',
      [wanted],
    );
    return new Map(rows.map((row) => [row.user_id, row.user_name]));
  } catch (error) {
    if (!isPostgresAway(error)) throw error;
    log.logger.warn({ err: error }, 'answering without the names of users');
    return new Map();
  }
}
