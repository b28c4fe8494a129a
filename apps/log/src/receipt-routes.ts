import { RequestIdSchema } from '@lurus/base/ids';
import type { ServiceApp } from '@lurus/service/service-app';
import { z } from 'zod';
import { listAttempts } from './attempts.ts';
import { listLedger, listMovements } from './ledger.ts';
import type { Log } from './log.ts';
import { receiptUnknown } from './problems.ts';
import { ReceiptAnswer, assembleReceipt, isKnown } from './receipt.ts';
import { findRequest } from './requests.ts';
import { namesOf } from './user-names.ts';

/** GET /v1/receipts/{request_id}. */
export function addReceiptRoutes(app: ServiceApp, log: Log): void {
  app.get(
    '/v1/receipts/:request_id',
    {
      schema: {
        tags: ['receipts'],
        summary: 'Explains what one request cost: tokens by class times rate, hold, settlement, attempts, and the events that say so.',
        params: z.strictObject({ request_id: RequestIdSchema }),
        response: { 200: ReceiptAnswer },
      },
    },
    async (request) => {
      const { request_id: requestId } = request.params;
      const [ledger, movements, found, attempts] = await Promise.all([
        listLedger(log, requestId),
        listMovements(log, requestId),
        findRequest(log, requestId),
        listAttempts(log, requestId),
      ]);
      const userId = ledger.find((row) => row.user_id !== '')?.user_id;
      const names = await namesOf(log, userId === undefined ? [] : [userId]);
      const parts = { requestId, ledger, movements, request: found, attempts, userName: userId && names.get(userId) };
      if (!isKnown(parts)) throw receiptUnknown({ requestId });
      return assembleReceipt(parts);
    },
  );
}
