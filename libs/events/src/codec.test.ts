import { TokenUsageSchema } from '@lurus/base/token-usage';
import { z } from 'zod';
import { expect, test } from 'vitest';
import { catalogue } from './catalogue/all.ts';
import { holdPlaced, usageSettled } from './catalogue/billing.ts';
import { type Catalogue, decodeEvent, encodeEvent, type Upcaster } from './codec.ts';
import { defineEvent, subjectOf } from './event.ts';
import { exampleEvents } from './examples.ts';

const exampleOf = (name: string) => {
  const found = exampleEvents.find(({ definition }) => definition.name === name);
  if (!found) throw new Error(`no example of ${name}`);
  return found;
};

test.each(exampleEvents.map(({ event }) => [event.name, event] as const))('%s comes back as it was written', (_name, event) => {
  expect(decodeEvent(catalogue, encodeEvent(event))).toEqual({ outcome: 'event', event });
});

test('every event of the catalogue has an example', () => {
  expect(exampleEvents.map(({ event }) => event.name)).toEqual([...catalogue.definitions.keys()]);
});

test('an event is flat JSON that reads well: its head first, snake_case, large integers as text', () => {
  const { event } = exampleOf('hold.placed');
  expect(encodeEvent(event)).toBe(
    '{"id":"01KAQ4V0H0EVENT00000000001","type":"hold.placed","v":1,"time":"2026-11-23T08:00:00.000Z","source":"gateway-1","tenant_id":"main",' +
      '"request_id":"01KAQ4V0H0REQVEST000000001","wallet_id":"01KAQ4V0H0WA11ET0000000001","user_id":"01KAQ4V0H0VSER000000000001",' +
      '"key_id":"Ab3dEf7h","model":"claude-sonnet-4-5","price_version":"01KAQ4V0H0PR1CE00000000001","amount_nanos":"110040000",' +
      '"expires_at":"2026-11-23T08:30:00.000Z"}',
  );
});

test('examples stay near a kilobyte, and none holds a name that the head uses', () => {
  for (const { event } of exampleEvents) {
    expect(encodeEvent(event).length).toBeLessThan(1_100);
    expect(Object.keys(JSON.parse(encodeEvent(event))).slice(0, 6)).toEqual(['id', 'type', 'v', 'time', 'source', 'tenant_id']);
    expect(Object.keys(event.data as object)).not.toContain('id'); // Every event's data is an object.
  }
});

test('the lines of the example of a settlement add up to its amount', () => {
  const data = usageSettled.data.parse(exampleOf('usage.settled').event.data);
  expect(data.lines.reduce((sum, line) => sum + line.amountNanos, 0n)).toBe(data.amountNanos);
  expect(Object.keys(data)).toEqual(expect.arrayContaining(Object.keys(TokenUsageSchema.shape)));
});

test('a name that the catalogue does not have is said, not thrown', () => {
  const text = encodeEvent({ ...exampleOf('hold.placed').event, name: 'hold.dreamt' });
  expect(decodeEvent(catalogue, text)).toEqual({ outcome: 'unknown name', name: 'hold.dreamt' });
});

test('a version newer than the catalogue is said, not guessed at', () => {
  const text = encodeEvent({ ...exampleOf('hold.placed').event, version: 2 });
  expect(decodeEvent(catalogue, text)).toEqual({ outcome: 'unknown version', name: 'hold.placed', version: 2 });
});

test.each([
  ['broken JSON', '{"id":', 'JSON'],
  ['no object', '[]', 'expected record'],
  ['a missing head', '{}', 'tenant_id'],
  ['a field too many', encodeEvent(exampleOf('hold.released').event).replace('"reason"', '"extra":1,"reason"'), 'extra'],
  ['an amount that is no integer', encodeEvent(exampleOf('hold.placed').event).replace('"110040000"', '"1.5"'), 'decimal digits'],
  ['an amount below zero', encodeEvent(exampleOf('hold.placed').event).replace('"110040000"', '"-1"'), 'cannot be negative'],
])('%s is thrown', (_what, text, message) => {
  expect(() => decodeEvent(catalogue, text)).toThrow(message);
});

const versions = (version: number) =>
  defineEvent({
    name: 'thing.done',
    version,
    domain: 'log',
    says: 'A thing.',
    data: z.strictObject({ howOften: z.number(), place: z.string() }),
  });

const steps: Catalogue['upcasters'] = new Map<string, Upcaster>([
  ['thing.done@1', ({ times, ...rest }) => ({ ...rest, howOften: times })],
  ['thing.done@2', (data) => ({ ...data, place: 'unknown' })],
]);

const evolving = (version: number, upcasters: Catalogue['upcasters']): Catalogue => ({
  definitions: new Map([['thing.done', versions(version)]]),
  upcasters,
});

const old =
  '{"id":"01KAQ4V0H0EVENT00000000001","type":"thing.done","v":1,"time":"2026-11-23T08:00:00Z","source":"x","tenant_id":"main","times":3}';

test('an old version is lifted step by step to the one that code knows', () => {
  expect(decodeEvent(evolving(3, steps), old)).toMatchObject({
    outcome: 'event',
    event: { version: 3, data: { howOften: 3, place: 'unknown' } },
  });
});

test('an old version without its upcaster is unknown, whatever its fields are', () => {
  expect(decodeEvent(evolving(2, new Map()), old)).toEqual({ outcome: 'unknown version', name: 'thing.done', version: 1 });
});

test('subjects carry the tenant, and the wallet where it is about money', () => {
  const subject = (name: string) => subjectOf(exampleOf(name).definition, exampleOf(name).event);
  expect(subject(holdPlaced.name)).toBe('billing.hold.placed.main.01KAQ4V0H0WA11ET0000000001');
  expect(subject('request.completed')).toBe('llm.request.completed.main');
  expect(subject('write.notice')).toBe('log.write.notice');
});
