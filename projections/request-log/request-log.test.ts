import { requestAttempted, requestCompleted } from '@lurus/events/catalogue/llm';
import { exampleOf } from '@lurus/events/examples';
import { given, told } from '@lurus/projection/spec';
import { test } from 'vitest';
import { requestLog } from './projection.ts';

test('an ending is a row of the request log and an attempt one of the attempts, with their place in the stream', () =>
  given(requestLog)
    .when([told(requestAttempted, exampleOf(requestAttempted)), told(requestCompleted, exampleOf(requestCompleted))])
    .then({
      rows: {
        request_attempts_v1: [
          { stream: 'LLM_EVENTS', sequence: 1, event_name: 'request.attempted', provider: exampleOf(requestAttempted).provider },
        ],
        request_log_v1: [
          {
            stream: 'LLM_EVENTS',
            sequence: 2,
            event_name: 'request.completed',
            tenant_id: 'main',
            request_id: exampleOf(requestCompleted).requestId,
            amount_nanos: String(exampleOf(requestCompleted).amountNanos),
          },
        ],
      },
    }));
