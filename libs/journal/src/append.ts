import { encodeEvent } from '@lurus/events/codec';
import { subjectOf } from '@lurus/events/event';
import { headers } from '@nats-io/transport-node';
import { type AcknowledgedPublisher, STREAM_FULL } from './acknowledged.ts';
import type { Journal } from './journal.ts';
import { journalFull, journalRefused } from './problems.ts';

/** The journal of one connection. Headers carry what tools filter on without reading the body. */
export function createJournal(publisher: AcknowledgedPublisher, limits: { readonly appendTimeoutMs: number }): Journal {
  return {
    append: async (definition, event, options = {}) => {
      const what = `${event.name} ${event.id}`;
      const head = headers();
      head.set('Nats-Msg-Id', event.id); // The server drops a repeat of an id that it has seen.
      head.set('Lurus-Type', event.name);
      head.set('Lurus-Schema', String(event.version));
      if (options.traceparent !== undefined) head.set('traceparent', options.traceparent);
      const answer = await publisher.publish({
        subject: subjectOf(definition, event),
        payload: encodeEvent(event),
        headers: head,
        timeoutMs: options.timeoutMs ?? limits.appendTimeoutMs,
        what,
      });
      if (answer.isStored) return { stream: answer.stream, sequence: answer.sequence, isDuplicate: answer.isDuplicate };
      throw answer.errorCode === STREAM_FULL
        ? journalFull({ what, why: `its stream is at its limit (${answer.error})` })
        : journalRefused({ what, why: answer.error });
    },
    inFlight: () => publisher.inFlight,
  };
}
