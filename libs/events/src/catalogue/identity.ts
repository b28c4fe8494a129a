/** Facts about users and their API keys. */
import { InstantSchema } from '@lurus/base/clock';
import { KeyIdSchema, UserIdSchema, WalletIdSchema } from '@lurus/base/ids';
import { z } from 'zod';
import { defineEvent } from '../event.ts';
import { Actor, Text } from './fields.ts';

const Limit = z.number().int().positive().nullable();

/** Limits of one key; null is none. An empty model list allows every model, else its patterns do. */
const limits = {
  models: z.array(Text).max(64),
  requestsPerMinute: Limit,
  tokensPerMinute: Limit,
  concurrentRequests: Limit,
};

export const userCreated = defineEvent({
  name: 'user.created',
  version: 1,
  domain: 'identity',
  says: 'A user exists, with one wallet.',
  data: z.strictObject({ userId: UserIdSchema, walletId: WalletIdSchema, userName: Text, actor: Actor }),
});

export const keyIssued = defineEvent({
  name: 'key.issued',
  version: 1,
  domain: 'identity',
  says: 'A user got an API key. Only its HMAC digest is kept.',
  data: z.strictObject({
    keyId: KeyIdSchema,
    userId: UserIdSchema,
    walletId: WalletIdSchema,
    label: Text,
    digest: z.string().regex(/^[0-9a-f]{64}$/),
    ...limits,
    expiresAt: InstantSchema.nullable(),
    actor: Actor,
  }),
});

export const keyLimited = defineEvent({
  name: 'key.limited',
  version: 1,
  domain: 'identity',
  says: 'The limits of a key were replaced by these.',
  data: z.strictObject({ keyId: KeyIdSchema, userId: UserIdSchema, ...limits, actor: Actor }),
});

export const keyRevoked = defineEvent({
  name: 'key.revoked',
  version: 1,
  domain: 'identity',
  says: 'A key stopped working, for good.',
  data: z.strictObject({ keyId: KeyIdSchema, userId: UserIdSchema, reason: Text, actor: Actor }),
});

export const identityCatalogue = [userCreated, keyIssued, keyLimited, keyRevoked] as const;
