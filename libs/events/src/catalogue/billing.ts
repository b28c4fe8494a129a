/** Facts about money. Every number that matters to a charge stands in the event itself, so that the event alone explains it. */
import { DialectNameSchema } from '@lurus/base/dialect-name';
import { EventIdSchema, KeyIdSchema, ProviderIdSchema, RequestIdSchema, UserIdSchema, WalletIdSchema } from '@lurus/base/ids';
import { InstantSchema } from '@lurus/base/clock';
import { NanosSchema, PicosPerTokenSchema } from '@lurus/base/money';
import { TokenUsageSchema } from '@lurus/base/token-usage';
import { z } from 'zod';
import { defineEvent } from '../event.ts';
import { EndingReasonSchema } from './ending.ts';
import { Actor, Text } from './fields.ts';

const wallet = (data: { readonly walletId: string }): string => data.walletId;
const PositiveNanos = NanosSchema.refine((amount) => amount > 0n, 'must be more than zero');
const AmountNanos = NanosSchema.refine((amount) => amount >= 0n, 'cannot be negative');

export const walletCredited = defineEvent({
  name: 'wallet.credited',
  version: 1,
  domain: 'billing',
  says: 'Money came into a wallet. The same reference is credited once.',
  subjectTail: wallet,
  data: z.strictObject({
    walletId: WalletIdSchema,
    userId: UserIdSchema,
    amountNanos: PositiveNanos,
    reason: Text,
    reference: Text,
    actor: Actor,
  }),
});

export const walletAdjusted = defineEvent({
  name: 'wallet.adjusted',
  version: 1,
  domain: 'billing',
  says: 'An operator corrected a wallet; the amount is signed. A correction takes at most what is available.',
  subjectTail: wallet,
  data: z.strictObject({
    walletId: WalletIdSchema,
    userId: UserIdSchema,
    amountNanos: NanosSchema.refine((amount) => amount !== 0n, 'must not be zero'),
    reason: Text,
    reference: Text,
    actor: Actor,
  }),
});

export const holdPlaced = defineEvent({
  name: 'hold.placed',
  version: 1,
  domain: 'billing',
  says: 'A gateway reserved money for one request. Ends in exactly one of usage.settled, hold.released and hold.expired.',
  subjectTail: wallet,
  data: z.strictObject({
    requestId: RequestIdSchema,
    walletId: WalletIdSchema,
    userId: UserIdSchema,
    keyId: KeyIdSchema,
    model: Text,
    priceVersion: EventIdSchema,
    amountNanos: AmountNanos,
    expiresAt: InstantSchema,
  }),
});

export const holdReleased = defineEvent({
  name: 'hold.released',
  version: 1,
  domain: 'billing',
  says: 'A request ended without a charge; its hold went back to the wallet.',
  subjectTail: wallet,
  data: z.strictObject({ requestId: RequestIdSchema, walletId: WalletIdSchema, reason: EndingReasonSchema }),
});

export const holdExpired = defineEvent({
  name: 'hold.expired',
  version: 1,
  domain: 'billing',
  says: 'A hold outlived its time because its gateway died; the wallet projector gave the money back.',
  subjectTail: wallet,
  data: z.strictObject({ requestId: RequestIdSchema, walletId: WalletIdSchema, expiredAt: InstantSchema }),
});

/** One line of a rating: tokens of one class times one rate. `amountNanos` of all lines add up to the settlement exactly. */
export const RatedLineSchema = z.strictObject({
  tokenClass: z.enum(['input', 'cache_read', 'cache_write_5m', 'cache_write_1h', 'output', 'reasoning']),
  tokens: z.number().int().min(0),
  picosPerToken: PicosPerTokenSchema,
  amountNanos: AmountNanos,
});

export const usageSettled = defineEvent({
  name: 'usage.settled',
  version: 1,
  domain: 'billing',
  says: 'A request ended and cost this much; its hold is closed. What the wallet cannot pay is the loss of the house.',
  subjectTail: wallet,
  data: z.strictObject({
    requestId: RequestIdSchema,
    walletId: WalletIdSchema,
    userId: UserIdSchema,
    keyId: KeyIdSchema,
    attempt: z.number().int().positive(),
    dialect: DialectNameSchema,
    providerId: ProviderIdSchema,
    provider: Text,
    model: Text,
    upstreamModel: Text,
    servedModel: Text.nullable(),
    priceVersion: EventIdSchema,
    ...TokenUsageSchema.shape,
    lines: z.array(RatedLineSchema).max(16),
    amountNanos: AmountNanos,
    isEstimated: z.boolean(),
    reason: EndingReasonSchema,
  }),
});

export const billingCatalogue = [walletCredited, walletAdjusted, holdPlaced, holdReleased, holdExpired, usageSettled] as const;
