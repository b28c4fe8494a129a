/** Method: a run that is right by hand, then one thing wrong at a time; each must be named. */
import type { MoneyEvent } from '@lurus/ledger/movement';
import { expect, test } from 'vitest';
import { checkRun, type RunEvidence } from './check-run.ts';
import type { JournalLine } from './client.ts';

const REQUEST = '01KAQ4V0H0REQVEST000000001';
const seen = { prompt: 23, output: 11 };

const line = (changes: Partial<JournalLine> = {}): JournalLine => ({
  client: 1,
  number: 1,
  gateway: 'http://127.0.0.1:1',
  ask: { dialect: 'anthropic', isStream: true, path: '/v1/messages', body: '{}' },
  startedAt: '2026-11-23T08:00:00.000Z',
  requestId: REQUEST,
  status: 200,
  arrivals: [[3, 100]],
  end: 'whole',
  usage: seen,
  tail: undefined,
  ...changes,
});

let sequence = 0;
/** The fields that a run is judged by; the rest of an event does not matter here. */
const event = (name: MoneyEvent['name'], data: object = {}): MoneyEvent => {
  sequence += 1;
  return { name, sequence, data: { requestId: REQUEST, ...data } } as unknown as MoneyEvent; // Deliberately no more than is looked at.
};
const held = event('hold.placed');
const settled = (output = 11, isEstimated = false): MoneyEvent =>
  event('usage.settled', {
    inputTokens: 20,
    cacheReadTokens: 3,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    outputTokens: output,
    amountNanos: 7n,
    isEstimated,
    reason: 'complete',
  });

const right = (changes: {
  readonly line?: Partial<JournalLine>;
  readonly events?: readonly MoneyEvent[];
  readonly book?: RunEvidence['book'];
}): RunEvidence => ({
  lines: [line(changes.line)],
  book: changes.book ?? new Map([[REQUEST, [{ requestId: REQUEST, isFinished: true, usage: seen }]]]),
  ledger: { byRequest: new Map([[REQUEST, changes.events ?? [held, settled()]]]), credits: new Map([['teller-1', 1]]) },
  credits: [{ reference: 'teller-1', tries: 3 }],
});

const promises = (evidence: RunEvidence): readonly string[] => checkRun(evidence).violations.map(({ promise }) => promise);

test('a run in which everything was kept has no violation', () => {
  expect(promises(right({}))).toEqual([]);
});

test.each<[what: string, changes: Parameters<typeof right>[0], promises: readonly string[]]>([
  ['a last byte without a settlement', { events: [held, event('hold.released')] }, ['a last byte implies a settlement']],
  ['bytes without a hold', { line: { end: 'left' }, events: [event('hold.released')] }, ['a byte implies a hold']],
  ['another usage than the client saw', { line: { usage: { prompt: 23, output: 12 } } }, ['the charge has the usage that the client saw']],
  ['two charges', { events: [held, settled(), settled()] }, ['at most one charge a request', 'one end a hold']],
  ['a charge after a release', { events: [held, event('hold.released'), settled()] }, ['one end a hold']],
  [
    'a refusal whose hold was left to expire',
    { line: { end: 'refused', status: 400, usage: undefined }, events: [held, event('hold.expired')] },
    ['a refusal gives the hold back'],
  ],
  ['a hold that stays open', { line: { end: 'left' }, events: [held] }, ['no hold stays open']],
  ['a charge for an answer that the provider never gave', { book: new Map() }, ['nothing is charged that was not generated']],
  ['a charge that is not the provider’s', { line: { end: 'left' }, events: [held, settled(12)] }, ["the charge is the provider's"]],
])('%s is named', (_what, changes, wanted) => {
  expect(promises(right(changes))).toEqual(wanted);
});

test('what a dying gateway leaves is allowed, and counted', () => {
  const { violations, counts } = checkRun(right({ line: { end: 'broken' }, events: [held, event('hold.expired')] }));
  expect(violations).toEqual([]);
  expect(counts.unpaidAnswers).toBe(1);
  expect(checkRun(right({ line: { end: 'left' } })).counts.chargedWithoutWholeAnswer).toEqual({ 'left: complete': 1 });
});

test('a settlement that crossed the expiry of its hold is one charge', () => {
  expect(promises(right({ events: [held, event('hold.expired'), settled()] }))).toEqual([]);
});

test('an estimate need not be the provider’s figure', () => {
  expect(promises(right({ line: { end: 'left' }, events: [held, settled(5, true)] }))).toEqual([]);
});

test('a command that was answered stands in the stream exactly once', () => {
  const evidence = right({});
  const credits = (times: number): RunEvidence => ({
    ...evidence,
    ledger: { ...evidence.ledger, credits: new Map([['teller-1', times]]) },
  });
  expect(promises(credits(0))).toEqual(['a command is carried out once']);
  expect(promises(credits(2))).toEqual(['a command is carried out once']);
});
