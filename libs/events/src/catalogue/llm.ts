/** Facts about requests: what the log and the statistics are made of. Prompts and answers never stand here. */
import { DialectNameSchema } from '@lurus/base/dialect-name';
import { EventIdSchema, KeyIdSchema, ProviderIdSchema, RequestIdSchema, UserIdSchema, WalletIdSchema } from '@lurus/base/ids';
import { NanosSchema } from '@lurus/base/money';
import { TokenUsageSchema } from '@lurus/base/token-usage';
import { z } from 'zod';
import { defineEvent } from '../event.ts';
import { EndingReasonSchema } from './ending.ts';
import { Milliseconds, Text } from './fields.ts';

/** How the call of one provider ended. */
export const AttemptOutcomeSchema = z.enum(['answered', 'refused', 'failed', 'timed_out', 'cut', 'abandoned']);
export type AttemptOutcome = z.infer<typeof AttemptOutcomeSchema>;

export const requestAttempted = defineEvent({
  name: 'request.attempted',
  version: 1,
  domain: 'llm',
  says: 'One provider was called for a request. The usage is what that provider reported, whether or not anybody is charged for it.',
  data: z.strictObject({
    requestId: RequestIdSchema,
    attempt: z.number().int().positive(),
    providerId: ProviderIdSchema,
    provider: Text,
    upstreamModel: Text,
    outcome: AttemptOutcomeSchema,
    status: z.number().int().nullable(),
    error: Text.nullable(),
    firstByteMs: Milliseconds.nullable(),
    durationMs: Milliseconds,
    hasUsage: z.boolean(),
    ...TokenUsageSchema.shape,
  }),
});

const ending = {
  requestId: RequestIdSchema,
  keyId: KeyIdSchema,
  userId: UserIdSchema,
  walletId: WalletIdSchema,
  dialect: DialectNameSchema,
  operation: z.enum(['generate', 'count_tokens']),
  model: Text,
  upstreamModel: Text.nullable(),
  servedModel: Text.nullable(),
  providerId: ProviderIdSchema.nullable(),
  provider: Text.nullable(),
  attempts: z.number().int().min(0),
  isStream: z.boolean(),
  status: z.number().int(),
  reason: EndingReasonSchema,
  stopReported: Text.nullable(),
  stopClass: Text.nullable(),
  ...TokenUsageSchema.shape,
  isEstimated: z.boolean(),
  amountNanos: NanosSchema,
  priceVersion: EventIdSchema.nullable(),
  firstByteMs: Milliseconds.nullable(),
  durationMs: Milliseconds,
  requestBytes: z.number().int().min(0),
  responseBytes: z.number().int().min(0),
  clientFamily: Text,
  sessionKey: Text.nullable(),
  subKey: Text.nullable(),
  requestClass: Text,
};

export const requestCompleted = defineEvent({
  name: 'request.completed',
  version: 1,
  domain: 'llm',
  says: 'A request was answered in full.',
  data: z.strictObject(ending),
});

export const requestFailed = defineEvent({
  name: 'request.failed',
  version: 1,
  domain: 'llm',
  says: 'A request that held money did not get a whole answer, through no doing of its client.',
  data: z.strictObject(ending),
});

export const requestCancelled = defineEvent({
  name: 'request.cancelled',
  version: 1,
  domain: 'llm',
  says: 'A client left before its answer was whole.',
  data: z.strictObject(ending),
});

export const llmCatalogue = [requestAttempted, requestCompleted, requestFailed, requestCancelled] as const;
