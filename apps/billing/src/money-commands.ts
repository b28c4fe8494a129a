/** Credits and corrections: the two ways in which an operator moves money. */
import { type EventId, type TenantId, EventIdSchema } from '@lurus/base/ids';
import { type Nanos, formatDollars, nanos } from '@lurus/base/money';
import { walletAdjusted, walletCredited } from '@lurus/events/catalogue/billing';
import type { EventOf } from '@lurus/events/event';
import { appendOnce, recordedFact } from '@lurus/journal/append-once';
import { type EventReference, becomesVisible, commandEventId, refuseAnotherCommand } from '@lurus/service/command';
import { billingEvents } from '@lurus/streams/billing-events';
import { ACTOR, type Billing } from './billing.ts';
import { moreThanAvailable, referenceUsed } from './problems.ts';
import { type User, requireUser } from './users.ts';
import { type Transaction, findAdjustmentOf, findCreditOf, findTransaction, readWallet } from './wallets.ts';

export interface MoneyCommand {
  readonly tenantId: TenantId;
  readonly userName: string;
  readonly amountNanos: Nanos;
  readonly reason: string;
  readonly reference: string;
  readonly idempotencyKey: string | undefined;
}

export interface MovedMoney {
  readonly user: User;
  readonly event: EventReference;
  /** What it came to; undefined while the view does not show it. */
  readonly transaction: Transaction | undefined;
  /** The command is a repeat: this is what the first one did. */
  readonly wasThere: boolean;
}

type Definition = typeof walletCredited | typeof walletAdjusted;
type MoneyData = EventOf<Definition>['data'];

interface Movement {
  readonly operation: 'credit' | 'adjustment';
  readonly definition: Definition;
  readonly command: MoneyCommand;
  /** Refuses what cannot be done, in the wallet's turn. Not asked for repeats. */
  readonly refuse: (user: User) => Promise<void>;
}

/** Puts money into a user's wallet. Throws a Problem where the reference was credited to it before. */
export function creditWallet(billing: Billing, command: MoneyCommand): Promise<MovedMoney> {
  const refuse = (user: User): Promise<void> => refuseUsedReference(billing, { user, command, find: findCreditOf });
  return moveMoney(billing, { operation: 'credit', definition: walletCredited, command, refuse });
}

/**
 * Corrects a user's wallet by a signed amount. Throws a Problem where more would be taken than the view says is available. The projection
 * decides in the end, in the stream's order: what a request spent in between is not taken twice.
 */
export function adjustWallet(billing: Billing, command: MoneyCommand): Promise<MovedMoney> {
  const refuse = async (user: User): Promise<void> => {
    await refuseUsedReference(billing, { user, command, find: findAdjustmentOf });
    if (command.amountNanos > 0n) return;
    const { availableNanos } = await readWallet(billing, user);
    const asked = nanos(0n - command.amountNanos);
    if (asked > availableNanos) throw moreThanAvailable({ asked: formatDollars(asked), available: formatDollars(availableNanos) });
  };
  return moveMoney(billing, { operation: 'adjustment', definition: walletAdjusted, command, refuse });
}

interface UsedReference {
  readonly user: User;
  readonly command: MoneyCommand;
  readonly find: typeof findCreditOf;
}

async function refuseUsedReference(billing: Billing, { user, command, find }: UsedReference): Promise<void> {
  const { reference } = command;
  if (reference === '') return;
  const earlier = await find(billing, { walletId: user.walletId, reference });
  if (earlier) throw referenceUsed({ reference, sequence: earlier.sequence });
}

async function moveMoney(billing: Billing, movement: Movement): Promise<MovedMoney> {
  const { tenantId, userName, amountNanos, reason, reference, idempotencyKey } = movement.command;
  const { operation } = movement;
  const user = await requireUser(billing, tenantId, userName);
  const data: MoneyData = { walletId: user.walletId, userId: user.userId, amountNanos, reason, reference, actor: ACTOR };
  const id =
    idempotencyKey === undefined ? EventIdSchema.parse(billing.ids.ulid()) : commandEventId({ tenantId, operation, idempotencyKey });
  // The wallet's turn: its references and what is available are looked at and changed by one command at a time.
  return billing.inTurn(`wallet ${user.walletId}`, async () => {
    const earlier = idempotencyKey === undefined ? undefined : await findTransaction(billing, id);
    if (earlier) return repeated(billing, { movement, user, data, earlier });
    await movement.refuse(user);
    const appended = await appendOnce<string, MoneyData>(billing, {
      definition: movement.definition,
      stream: billingEvents,
      id,
      tenantId,
      data,
    });
    refuseAnotherCommand({ operation, recorded: appended.recorded, asked: data });
    const transaction = await transactionOf(billing, appended.event);
    return { user, event: appended.event, transaction, wasThere: appended.wasThere };
  });
}

interface Repeat {
  readonly movement: Movement;
  readonly user: User;
  readonly data: MoneyData;
  readonly earlier: Transaction;
}

async function repeated(billing: Billing, { movement, user, data, earlier }: Repeat): Promise<MovedMoney> {
  const place = { id: earlier.eventId, sequence: earlier.sequence };
  const recorded = await recordedFact<string, MoneyData>(billing, { definition: movement.definition, stream: billingEvents, ...place });
  refuseAnotherCommand({ operation: movement.operation, recorded, asked: data });
  return { user, event: { ...place, stream: billingEvents.name }, transaction: earlier, wasThere: true };
}

/** Waits for the gateways' view, then reads Postgres, which is ahead of it. */
async function transactionOf(billing: Billing, event: EventReference & { readonly id: EventId }): Promise<Transaction | undefined> {
  let transaction: Transaction | undefined;
  await becomesVisible(async () => {
    transaction = await findTransaction(billing, event.id);
    return transaction !== undefined && isInBalances(billing, transaction);
  });
  return transaction;
}

function isInBalances(billing: Billing, { walletId, sequence }: Transaction): boolean {
  const balance = billing.balances.get(walletId);
  return balance?.kind === 'balance' && balance.sequence >= sequence;
}
