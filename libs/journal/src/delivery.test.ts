import { catalogue } from '@lurus/events/catalogue/all';
import { encodeEvent } from '@lurus/events/codec';
import { exampleEvents } from '@lurus/events/examples';
import { storedSubjects, type StreamDefinition } from '@lurus/events/stream';
import { subjectOf } from '@lurus/events/event';
import { allStreams } from '@lurus/streams/all';
import { expect, test } from 'vitest';
import { readDelivery, type StoredMessage } from './delivery.ts';
import { readDeliveryInfo } from './delivery-info.ts';

const streamOf = (domain: string): StreamDefinition => {
  const stream = allStreams.find((candidate) => candidate.domain === domain);
  if (!stream) throw new Error(`no stream of ${domain}`);
  return stream;
};

const stored = ({ definition, event }: (typeof exampleEvents)[number], changes: Partial<StoredMessage> = {}): StoredMessage => {
  const stream = streamOf(definition.domain);
  const [domain = '', ...rest] = subjectOf(definition, event).split('.');
  const subject = [domain, ...(stream.isPartitioned ? ['7'] : []), ...rest].join('.');
  return { stream, subject, sequence: 12, eventId: event.id, text: encodeEvent(event), isRedelivery: false, ...changes };
};

test.each(exampleEvents.map((example) => [example.event.name, example] as const))(
  '%s is read with its stream, place and partition',
  (_name, example) => {
    const message = stored(example);
    const partition = message.stream.isPartitioned ? 7 : 0;
    expect(message.subject.split('.')).toHaveLength(storedSubjects(message.stream).split('.').length);
    expect(readDelivery(catalogue, message)).toEqual({
      outcome: 'event',
      event: { ...example.event, stream: message.stream.name, sequence: 12, partition },
      isRedelivery: false,
    });
  },
);

const [first] = exampleEvents;
if (!first) throw new Error('the catalogue is empty');

test.each([
  ['of another event', 'billing.7.hold.placed.main.01KAQ4V0H0WA11ET0000000001', 'belongs under'],
  ['of another wallet', 'billing.7.wallet.credited.main.01KAQ4V0H0WA11ET0000000002', 'belongs under'],
  ['of another tenant', 'billing.7.wallet.credited.other.01KAQ4V0H0WA11ET0000000001', 'belongs under'],
  ['without a partition', 'billing.wallet.credited.main.01KAQ4V0H0WA11ET0000000001', 'holds no partition'],
])('a message under the subject %s is poison', (_what, subject, error) => {
  const delivery = readDelivery(catalogue, stored(first, { subject }));
  expect(delivery).toMatchObject({
    outcome: 'poison',
    sequence: 12,
    subject,
    eventId: first.event.id,
    error: expect.stringContaining(error),
  });
});

test('what cannot be read is poison with a short error, never an exception', () => {
  const delivery = readDelivery(catalogue, stored(first, { text: `{"id":"${'x'.repeat(10_000)}` }));
  expect(delivery.outcome === 'poison' && delivery.error.length <= 200).toBe(true);
});

test('unknown names and versions are told apart from poison', () => {
  const renamed = encodeEvent({ ...first.event, name: 'wallet.dreamt' });
  const newer = encodeEvent({ ...first.event, version: 9 });
  expect(readDelivery(catalogue, stored(first, { text: renamed }))).toMatchObject({
    outcome: 'unknown name',
    name: 'wallet.dreamt',
    partition: 7,
  });
  expect(readDelivery(catalogue, stored(first, { text: newer }))).toMatchObject({ outcome: 'unknown version', version: 9 });
});

test('both forms of an acknowledgement subject are read', () => {
  const info = { isRedelivery: true, streamSequence: 40, deliverySequence: 41, pending: 5 };
  expect(readDeliveryInfo('$JS.ACK.S.c.2.40.41.1795396954268167049.5')).toEqual(info);
  expect(readDeliveryInfo('$JS.ACK._.hash.S.c.2.40.41.1795396954268167049.5.rnd')).toEqual(info);
  expect(() => readDeliveryInfo('_INBOX.x')).toThrow('no acknowledgement subject');
});
