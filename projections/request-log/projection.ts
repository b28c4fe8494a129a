import type { requestAttempted, requestCancelled, requestCompleted, requestFailed } from '@lurus/events/catalogue/llm';
import type { EventOf, RecordedEvent } from '@lurus/events/event';
import { toWire } from '@lurus/events/wire';
import { defineRowProjection, type MappedRow } from '@lurus/projection/define-projection';
import { llmEvents } from '@lurus/streams/llm-events';

type Ending = EventOf<typeof requestCompleted> | EventOf<typeof requestFailed> | EventOf<typeof requestCancelled>;

/** What every row starts with; the rest is the event's own data in the names that it has in the stream. */
const head = (event: RecordedEvent): Record<string, unknown> => ({
  event_id: event.id,
  event_name: event.name,
  at: event.at,
  tenant_id: event.tenantId,
});

const row = (table: string, event: RecordedEvent): readonly MappedRow[] => [{ table, row: Object.assign(head(event), toWire(event.data)) }];

const ending = (event: RecordedEvent<Ending>): readonly MappedRow[] => row('request_log_v1', event);
const attempt = (event: RecordedEvent<EventOf<typeof requestAttempted>>): readonly MappedRow[] => row('request_attempts_v1', event);

export const requestLog = defineRowProjection({
  name: 'request_log',
  version: 1,
  says: 'One row for every request and one for every attempt at a provider.',
  reads: [llmEvents],
  rows: {
    'request.attempted': attempt,
    'request.completed': ending,
    'request.failed': ending,
    'request.cancelled': ending,
  },
  schema: new URL('./schema.sql', import.meta.url),
});
