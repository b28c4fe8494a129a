/** Users: who may hold keys and a wallet. Their names are unique within a tenant and never change. */
import { type Instant, instantOf } from '@lurus/base/clock';
import {
  type EventId,
  type TenantId,
  type UserId,
  type WalletId,
  EventIdSchema,
  UserIdSchema,
  WalletIdSchema,
  derivedUlid,
} from '@lurus/base/ids';
import { userCreated } from '@lurus/events/catalogue/identity';
import { appendOnce } from '@lurus/journal/append-once';
import { type EventReference, becomesVisible, commandCause, idempotencyKeyReused } from '@lurus/service/command';
import { identityEvents } from '@lurus/streams/identity-events';
import { ACTOR, type Billing } from './billing.ts';
import { userExists, userUnknown } from './problems.ts';

export interface User {
  readonly userId: UserId;
  readonly walletId: WalletId;
  readonly tenantId: TenantId;
  readonly name: string;
  readonly createdAt: Instant;
  /** Where the user's event stands in IDENTITY_EVENTS; null until the view has it. */
  readonly sequence: number | null;
}

interface UserRow {
  readonly user_id: UserId;
  readonly wallet_id: WalletId;
  readonly tenant_id: TenantId;
  readonly user_name: string;
  readonly created_at: Instant;
  readonly sequence: number;
}

const OPERATION = 'create-user';
const USER_COLUMNS = 'user_id, wallet_id, tenant_id, user_name, created_at, sequence';

const userOf = (row: UserRow): User => ({
  userId: row.user_id,
  walletId: row.wallet_id,
  tenantId: row.tenant_id,
  name: row.user_name,
  createdAt: row.created_at,
  sequence: row.sequence,
});

/** The user of this name, or undefined. */
export async function findUser(billing: Pick<Billing, 'views'>, tenantId: TenantId, name: string): Promise<User | undefined> {
  const { rows } = await billing.views.query<UserRow>(`select ${USER_COLUMNS} from users where tenant_id = $1 and user_name = $2`, [
    tenantId,
    name,
  ]);
  return rows[0] && userOf(rows[0]);
}

/** The user of this name. Throws a Problem 404 that says where one of the name is, if anywhere. */
export async function requireUser(billing: Pick<Billing, 'views'>, tenantId: TenantId, name: string): Promise<User> {
  const user = await findUser(billing, tenantId, name);
  if (user) return user;
  const others = await billing.views.query<{ tenant_id: string }>('select tenant_id from users where user_name = $1 order by 1 limit 3', [
    name,
  ]);
  throw userUnknown({ user: name, tenant: tenantId, otherTenants: others.rows.map((row) => row.tenant_id) });
}

/** A page of a tenant's users in the order in which they were created. */
export async function listUsers(
  billing: Pick<Billing, 'views'>,
  page: { readonly tenantId: TenantId; readonly after: number; readonly limit: number },
): Promise<User[]> {
  const { rows } = await billing.views.query<UserRow>(
    `select ${USER_COLUMNS} from users where tenant_id = $1 and sequence > $2 order by sequence limit $3`,
    [page.tenantId, page.after, page.limit],
  );
  return rows.map(userOf);
}

export interface CreatedUser {
  readonly user: User;
  readonly event: EventReference;
  readonly isApplied: boolean;
  readonly wasThere: boolean;
}

interface CreateUser {
  readonly tenantId: TenantId;
  readonly name: string;
  readonly idempotencyKey: string | undefined;
}

/**
 * Creates a user with a wallet. With an idempotency key the ids are derived from it, so that a repeat finds its own user.
 * Throws a Problem 409 where somebody else has the name, or the idempotency key created another user.
 */
export function createUser(billing: Billing, command: CreateUser): Promise<CreatedUser> {
  const { tenantId, name, idempotencyKey } = command;
  const inNameTurn = () => billing.inTurn(`user-name ${tenantId} ${name}`, () => createInTurn(billing, command));
  if (idempotencyKey === undefined) return inNameTurn();
  return billing.inTurn(commandCause({ tenantId, operation: OPERATION, idempotencyKey }), inNameTurn);
}

async function createInTurn(billing: Billing, command: CreateUser): Promise<CreatedUser> {
  const { tenantId, name } = command;
  const { userId, walletId } = idsFor(billing, command);
  if (command.idempotencyKey !== undefined) await refuseOtherName(billing, { userId, name });
  const id = nameEventId(tenantId, name);
  const known = await findUser(billing, tenantId, name);
  if (known) {
    if (known.userId !== userId || known.sequence === null) throw userExists({ user: name, tenant: tenantId });
    return { user: known, event: { id, stream: identityEvents.name, sequence: known.sequence }, isApplied: true, wasThere: true };
  }
  const data = { userId, walletId, userName: name, actor: ACTOR };
  const appended = await appendOnce(billing, { definition: userCreated, stream: identityEvents, id, tenantId, data });
  if (appended.recorded.userId !== userId) throw userExists({ user: name, tenant: tenantId });
  let user: User = { userId, walletId, tenantId, name, createdAt: instantOf(billing.clock.nowMs()), sequence: null };
  const isApplied = await becomesVisible(async () => {
    user = (await findUser(billing, tenantId, name)) ?? user;
    return user.sequence !== null;
  });
  return { user, event: appended.event, isApplied, wasThere: appended.wasThere };
}

async function refuseOtherName(billing: Billing, user: { readonly userId: UserId; readonly name: string }): Promise<void> {
  const { rows } = await billing.views.query<UserRow>(`select ${USER_COLUMNS} from users where user_id = $1`, [user.userId]);
  const first = rows[0];
  if (!first || first.user_name === user.name) return;
  throw idempotencyKeyReused({ operation: OPERATION, difference: `it created the user "${first.user_name}"` });
}

/**
 * The event id belongs to the name, not to the command: two billing processes that create the same name at the same moment append the same
 * event, and the stream takes the first.
 */
const nameEventId = (tenantId: TenantId, name: string): EventId => EventIdSchema.parse(derivedUlid(`user-name\n${tenantId}\n${name}`, 0));

function idsFor(
  billing: Billing,
  { tenantId, idempotencyKey }: { readonly tenantId: TenantId; readonly idempotencyKey: string | undefined },
): { readonly userId: UserId; readonly walletId: WalletId } {
  if (idempotencyKey === undefined)
    return { userId: UserIdSchema.parse(billing.ids.ulid()), walletId: WalletIdSchema.parse(billing.ids.ulid()) };
  const cause = commandCause({ tenantId, operation: OPERATION, idempotencyKey });
  return {
    userId: UserIdSchema.parse(derivedUlid(`${cause}\nuser`, 0)),
    walletId: WalletIdSchema.parse(derivedUlid(`${cause}\nwallet`, 0)),
  };
}
