import { InstantSchema } from '@lurus/base/clock';
import { DialectNameSchema } from '@lurus/base/dialect-name';
import { EventIdSchema, KeyIdSchema, ProviderIdSchema, TenantIdSchema, UserIdSchema, WalletIdSchema } from '@lurus/base/ids';
import { NanosSchema } from '@lurus/base/money';
import { type BucketDefinition, defineBucket } from '@lurus/events/bucket';
import { AuthStyleSchema, ContextTierSchema, RatesSchema } from '@lurus/events/catalogue/provider';
import { z } from 'zod';

const Sequence = z.number().int().min(0);

/** Key: the key id. */
export const keysBucket = defineBucket({
  name: 'KEYS',
  says: 'Living and revoked API keys with their digests and limits.',
  writtenBy: 'keys',
  value: z.strictObject({
    keyId: KeyIdSchema,
    tenantId: TenantIdSchema,
    userId: UserIdSchema,
    walletId: WalletIdSchema,
    label: z.string(),
    digest: z.string(),
    models: z.array(z.string()),
    requestsPerMinute: z.number().nullable(),
    tokensPerMinute: z.number().nullable(),
    concurrentRequests: z.number().nullable(),
    expiresAt: InstantSchema.nullable(),
    isRevoked: z.boolean(),
    sequence: Sequence,
  }),
});

/** Key: `<tenant>.<provider id>`. */
export const routesBucket = defineBucket({
  name: 'ROUTES',
  says: 'Providers that requests can be sent to, credentials sealed.',
  writtenBy: 'routes',
  value: z.strictObject({
    providerId: ProviderIdSchema,
    tenantId: TenantIdSchema,
    provider: z.string(),
    dialect: DialectNameSchema,
    baseUrl: z.string(),
    authStyle: AuthStyleSchema,
    sealedCredential: z.string().nullable(),
    models: z.array(z.string()),
    modelMapping: z.array(z.strictObject({ pattern: z.string(), target: z.string() })),
    priority: z.number(),
    weight: z.number(),
    isRemoved: z.boolean(),
    sequence: Sequence,
  }),
});

/** Key: `<tenant>.<keyToken(model pattern)>`. */
export const pricesBucket = defineBucket({
  name: 'PRICES',
  says: 'The price in force for each model pattern.',
  writtenBy: 'prices',
  value: z.strictObject({
    tenantId: TenantIdSchema,
    model: z.string(),
    priceVersion: EventIdSchema,
    rates: RatesSchema,
    tiers: z.array(ContextTierSchema),
    isFree: z.boolean(),
    isWithdrawn: z.boolean(),
    sequence: Sequence,
  }),
});

/**
 * Keys: the wallet id for a balance, `heartbeat.<partition>` for the projector's sign of life. Both share one bucket on purpose: a watch
 * delivers in order, so a fresh heartbeat proves that every balance written before it has arrived as well.
 */
export const balancesBucket = defineBucket({
  name: 'BALANCES',
  says: 'What each wallet has, and the sign of life of its projector.',
  writtenBy: 'wallets',
  value: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('balance'),
      walletId: WalletIdSchema,
      availableNanos: NanosSchema,
      heldNanos: NanosSchema,
      isFrozen: z.boolean(),
      sequence: Sequence,
    }),
    z.strictObject({ kind: z.literal('heartbeat'), partition: z.number().int(), at: InstantSchema, sequence: Sequence }),
  ]),
});

/** Every bucket that exists. */
export const allBuckets: readonly BucketDefinition[] = [keysBucket, routesBucket, pricesBucket, balancesBucket];
