/** Why the log service has no answer. */
import { defineProblem } from '@lurus/base/problem';

export const requestUnknown = defineProblem<{ readonly requestId: string }>({
  code: 'request_unknown',
  kind: 'not-found',
  status: 404,
  isRetryable: true,
  says: ({ requestId }) => `The log has no request ${requestId} that has ended.`,
  fix: ({ requestId }) =>
    `A request appears when it has ended and its events have been projected, usually within a second; GET /v1/receipts/${requestId} also shows one that still runs. "lurus projection lag" tells whether the log is behind.`,
});

export const receiptUnknown = defineProblem<{ readonly requestId: string }>({
  code: 'receipt_unknown',
  kind: 'not-found',
  status: 404,
  isRetryable: true,
  says: ({ requestId }) => `No event about request ${requestId} is known.`,
  fix: () =>
    'Check the id (the gateway answers with it in the header x-lurus-request-id); a request of the last second may not have been projected yet, and one that was refused before it held money has no receipt.',
});
