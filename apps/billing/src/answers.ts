/** What the billing service answers: snake_case JSON, money as decimal strings, every position with its stream. */
import { NanosText, UsdText, amountFields } from '@lurus/service/money-fields';
import { EventReferenceSchema, commandAnswer } from '@lurus/service/command';
import { billingEvents } from '@lurus/streams/billing-events';
import { z } from 'zod';
import type { Key } from './keys.ts';
import type { User } from './users.ts';
import type { Transaction, Wallet } from './wallets.ts';

const Time = z.string().describe('RFC 3339, UTC');

const owner = { user: z.string(), user_id: z.string(), wallet_id: z.string(), tenant: z.string() };
const ownerFields = (user: User) => ({ user: user.name, user_id: user.userId, wallet_id: user.walletId, tenant: user.tenantId });

export const UserAnswer = z.object({ ...owner, created_at: Time });
export const UserCommandAnswer = z.object({ ...UserAnswer.shape, ...commandAnswer });

export const userAnswer = (user: User): z.infer<typeof UserAnswer> => ({ ...ownerFields(user), created_at: user.createdAt });

export const WalletAnswer = z.object({
  ...owner,
  available_usd: UsdText,
  available_nanos: NanosText,
  held_usd: UsdText,
  held_nanos: NanosText,
  credited_nanos: NanosText,
  spent_nanos: NanosText,
  lost_nanos: NanosText.describe('what requests cost beyond what the wallet had: the house paid it'),
  is_frozen: z.boolean().describe('an event of this wallet could not be applied; it admits no requests until an operator looks at it'),
  updated_at: Time.nullable().describe('the time of the last event of this wallet'),
  position: z
    .object({ stream: z.string(), sequence: z.number().int() })
    .describe('every event of this wallet up to here is in these figures'),
});

export const walletAnswer = (user: User, wallet: Wallet): z.infer<typeof WalletAnswer> => ({
  ...ownerFields(user),
  ...amountFields('available', wallet.availableNanos),
  ...amountFields('held', wallet.heldNanos),
  credited_nanos: wallet.creditedNanos.toString(),
  spent_nanos: wallet.spentNanos.toString(),
  lost_nanos: wallet.lostNanos.toString(),
  is_frozen: wallet.isFrozen,
  updated_at: wallet.updatedAt,
  position: { stream: billingEvents.name, sequence: wallet.position },
});

export const TransactionAnswer = z.object({
  sequence: z.number().int().describe('its place in BILLING_EVENTS'),
  event: EventReferenceSchema,
  event_name: z.string().describe('wallet.credited, hold.placed, usage.settled, …'),
  request_id: z.string().nullable(),
  amount_usd: UsdText,
  amount_nanos: NanosText,
  available_delta_usd: UsdText,
  available_delta_nanos: NanosText,
  held_delta_usd: UsdText,
  held_delta_nanos: NanosText,
  loss_nanos: NanosText,
  available_after_usd: UsdText,
  available_after_nanos: NanosText,
  held_after_usd: UsdText,
  held_after_nanos: NanosText,
  reason: z.string(),
  reference: z.string(),
  actor: z.string(),
  at: Time,
});

export const transactionAnswer = (transaction: Transaction): z.infer<typeof TransactionAnswer> => ({
  sequence: transaction.sequence,
  event: { id: transaction.eventId, stream: billingEvents.name, sequence: transaction.sequence },
  event_name: transaction.eventName,
  request_id: transaction.requestId,
  ...amountFields('amount', transaction.amountNanos),
  ...amountFields('available_delta', transaction.availableDelta),
  ...amountFields('held_delta', transaction.heldDelta),
  loss_nanos: transaction.lossNanos.toString(),
  ...amountFields('available_after', transaction.availableAfter),
  ...amountFields('held_after', transaction.heldAfter),
  reason: transaction.reason,
  reference: transaction.reference,
  actor: transaction.actor,
  at: transaction.at,
});

export const MoneyCommandAnswer = z.object({
  ...owner,
  amount_usd: UsdText,
  amount_nanos: NanosText,
  reason: z.string(),
  reference: z.string(),
  transaction: TransactionAnswer.nullable().describe('what it came to; null until the view shows it'),
  ...commandAnswer,
});

export { ownerFields };

export const KeyAnswer = z.object({
  key_id: z.string().describe('the eight characters after "sk-lurus-"; not secret'),
  ...owner,
  label: z.string(),
  models: z.array(z.string()).describe('model patterns; empty allows every model'),
  requests_per_minute: z.number().int().nullable(),
  tokens_per_minute: z.number().int().nullable(),
  concurrent_requests: z.number().int().nullable(),
  expires_at: Time.nullable(),
  revoked_at: Time.nullable(),
  created_at: Time,
});
export const KeyCommandAnswer = z.object({ ...KeyAnswer.shape, ...commandAnswer });
export const IssuedKeyAnswer = z.object({
  ...KeyCommandAnswer.shape,
  key: z
    .string()
    .nullable()
    .describe(
      'The whole key, shown only now and kept nowhere. Null where the command is a repeat: if the first answer was lost, revoke the key.',
    ),
});

export const keyAnswer = (key: Key): z.infer<typeof KeyAnswer> => ({
  key_id: key.keyId,
  user: key.userName,
  user_id: key.userId,
  wallet_id: key.walletId,
  tenant: key.tenantId,
  label: key.label,
  models: key.models,
  requests_per_minute: key.requestsPerMinute,
  tokens_per_minute: key.tokensPerMinute,
  concurrent_requests: key.concurrentRequests,
  expires_at: key.expiresAt,
  revoked_at: key.revokedAt,
  created_at: key.createdAt,
});
