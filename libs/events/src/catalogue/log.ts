/** Notices for operators; may be lossy. */
import { RequestIdSchema } from '@lurus/base/ids';
import { z } from 'zod';
import { defineEvent } from '../event.ts';
import { Text } from './fields.ts';

export const noticeWritten = defineEvent({
  name: 'write.notice',
  version: 1,
  domain: 'log',
  says: 'A process tells operators something: it started, it stopped, a provider refused our credential.',
  data: z.strictObject({
    level: z.enum(['info', 'warn', 'error']),
    code: Text,
    message: Text,
    requestId: RequestIdSchema.nullable(),
  }),
});

export const logCatalogue = [noticeWritten] as const;
