/**
 * Reads a range of a stream without a consumer, by the server's batched direct reads. The client library's own form of it leaves a
 * subscription behind for every batch.
 */
import { catalogue } from '@lurus/events/catalogue/all';
import type { StreamDefinition } from '@lurus/events/stream';
import { createInbox, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { readDelivery } from './delivery.ts';
import type { Delivery, SequenceRange } from './journal.ts';
import { QUESTION_TIMEOUT_MS, RANGE_MESSAGES } from './limits.ts';
import { inboxPrefixOf } from './permissions.ts';
import { journalAway, journalRefused } from './problems.ts';

/** Which range, and as whom it is read. */
export interface RangeInput {
  readonly nc: NatsConnection;
  readonly processName: string;
  readonly stream: StreamDefinition;
  readonly range: SequenceRange;
}

/** The messages of a range in order, in chunks. Throws journalAway or journalRefused. */
export async function* readRange(input: RangeInput): AsyncGenerator<readonly Delivery[]> {
  const { stream, range } = input;
  for (let next = range.fromSequence; next <= range.toSequence;) {
    const messages = await readBatch(input, { seq: next, batch: Math.min(RANGE_MESSAGES, range.toSequence - next + 1) });
    const last = messages.at(-1);
    if (!last) return; // Nothing from here on.
    yield messages.filter((message) => sequenceOf(message) <= range.toSequence).map((message) => deliveryOf(stream, message));
    next = sequenceOf(last) + 1;
  }
}

const sequenceOf = (message: Msg): number => Number(message.headers?.get('Nats-Sequence') ?? 0);

const deliveryOf = (stream: StreamDefinition, message: Msg): Delivery =>
  readDelivery(catalogue, {
    stream,
    subject: message.headers?.get('Nats-Subject') ?? '',
    sequence: sequenceOf(message),
    eventId: message.headers?.get('Nats-Msg-Id') || undefined,
    text: message.string(),
    isRedelivery: false,
  });

const END_OF_BATCH = 204;
const NO_MESSAGES = 404;

/** One batch; the server marks its end by a message of its own. Each message that comes gives the next one its time. */
function readBatch(input: RangeInput, request: { readonly seq: number; readonly batch: number }): Promise<readonly Msg[]> {
  const { nc, processName, stream } = input;
  const what = `messages of ${stream.name} from ${request.seq} on`;
  const { promise, resolve, reject } = Promise.withResolvers<readonly Msg[]>();
  const messages: Msg[] = [];
  const inbox = createInbox(inboxPrefixOf(processName));
  const subscription = nc.subscribe(inbox, {
    callback: (error, message) => {
      timer.refresh();
      const code = message.headers?.code ?? 0;
      if (error) reject(journalRefused({ what, why: error.message }, { cause: error }));
      else if (code === 0) messages.push(message);
      else if (code === END_OF_BATCH || code === NO_MESSAGES) resolve(messages);
      else reject(journalRefused({ what, why: `${code} ${message.headers?.description ?? ''}` }));
    },
  });
  const timer = setTimeout(() => reject(journalAway({ what, why: 'the server fell silent' })), QUESTION_TIMEOUT_MS);
  nc.publish(`$JS.API.DIRECT.GET.${stream.name}`, JSON.stringify(request), { reply: inbox });
  return promise.finally(() => {
    clearTimeout(timer);
    subscription.unsubscribe();
  });
}
