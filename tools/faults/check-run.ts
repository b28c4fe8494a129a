/** Holds what the clients saw, what the provider booked and what was charged against each other. */
import type { MoneyEvent } from '@lurus/ledger/movement';
import type { SeenUsage } from './ask.ts';
import type { JournalLine } from './client.ts';
import type { Credit } from './teller.ts';
import type { BookEntry, Ledger } from './witnesses.ts';

/** A broken promise: which one, about what, and where to look. */
export interface Violation {
  readonly promise: string;
  readonly says: string;
}

/** What was seen that is allowed, counted, so that a run can be judged. */
export interface Counts {
  /** Requests that a client got nothing or not all of, and that were charged: by the reason of the settlement. */
  readonly chargedWithoutWholeAnswer: Record<string, number>;
  /** Answers that the provider generated and nobody was charged for: the house's cost of a gateway that died. */
  unpaidAnswers: number;
}

/** Everything that a run is judged by. */
export interface RunEvidence {
  readonly lines: readonly JournalLine[];
  readonly book: ReadonlyMap<string, readonly BookEntry[]>;
  readonly ledger: Ledger;
  readonly credits: readonly Credit[];
}

type Settled = Extract<MoneyEvent, { readonly name: 'usage.settled' }>['data'];

const named = (events: readonly MoneyEvent[], name: MoneyEvent['name']): readonly MoneyEvent[] =>
  events.filter((event) => event.name === name);

const usageOf = (data: Settled): SeenUsage => ({
  prompt: data.inputTokens + data.cacheReadTokens + data.cacheWrite5mTokens + data.cacheWrite1hTokens,
  output: data.outputTokens,
});

const text = ({ prompt, output }: SeenUsage): string => `${prompt} + ${output} tokens`;

/** Judges a run. Violations in the order of the clients' journals. */
export function checkRun({ lines, book, ledger, credits }: RunEvidence): {
  readonly violations: readonly Violation[];
  readonly counts: Counts;
} {
  const counts: Counts = { chargedWithoutWholeAnswer: {}, unpaidAnswers: 0 };
  const violations = [
    ...lines.flatMap((line) => checkLine(line, ledger, counts)),
    ...[...ledger.byRequest].flatMap(([requestId, events]) => checkRequest({ requestId, events, answers: book.get(requestId) ?? [] })),
    ...checkCredits(credits, ledger),
  ];
  for (const requestId of book.keys()) {
    if (named(ledger.byRequest.get(requestId) ?? [], 'usage.settled').length === 0) counts.unpaidAnswers += 1;
  }
  return { violations, counts };
}

function checkLine(line: JournalLine, { byRequest }: Ledger, counts: Counts): Violation[] {
  const { requestId, status, end, usage } = line;
  const who = `client ${line.client} request ${line.number} (${requestId ?? 'no id'}, ${line.ask.dialect}${line.ask.isStream ? ' stream' : ''})`;
  const broken = (promise: string, says: string): Violation[] => [{ promise, says: `${who}: ${says}` }];
  if (status === 200 && requestId === undefined) return broken('every answer is named', 'its answer has no request id');
  if (requestId === undefined) return [];
  const events = byRequest.get(requestId) ?? [];
  if (status === 200 && line.arrivals.length > 0 && named(events, 'hold.placed').length === 0) {
    return broken('a byte implies a hold', 'bytes of an answer came, and no hold stands in the stream');
  }
  const [settled] = events.flatMap((event) => (event.name === 'usage.settled' ? [event.data] : []));
  // A 503 may be told before its end is recorded: NATS was away for longer than the gateway waits.
  const isExpired = named(events, 'hold.expired').length > 0 && !settled && named(events, 'hold.released').length === 0;
  if (end === 'refused' && status !== 503 && isExpired) {
    return broken('a refusal gives the hold back', `it was refused with ${status}, and its hold stayed until it expired`);
  }
  if (end !== 'whole') {
    if (settled && settled.amountNanos > 0n) {
      counts.chargedWithoutWholeAnswer[`${end}: ${settled.reason}`] =
        (counts.chargedWithoutWholeAnswer[`${end}: ${settled.reason}`] ?? 0) + 1;
    }
    return [];
  }
  if (!settled)
    return broken(
      'a last byte implies a settlement',
      `it saw the last byte; the stream has ${events.map(({ name }) => name).join(', ') || 'nothing'}`,
    );
  if (usage && text(usage) !== text(usageOf(settled))) {
    return broken('the charge has the usage that the client saw', `it saw ${text(usage)}, the settlement has ${text(usageOf(settled))}`);
  }
  return usage ? [] : broken('an answer reports its usage', 'it saw none');
}

function checkRequest(input: {
  readonly requestId: string;
  readonly events: readonly MoneyEvent[];
  readonly answers: readonly BookEntry[];
}): Violation[] {
  const { requestId, events, answers } = input;
  const violations: Violation[] = [];
  const settlements = events.flatMap((event) => (event.name === 'usage.settled' ? [event.data] : []));
  const ends = events.filter(({ name }) => name !== 'hold.placed');
  const path = events.map(({ name, sequence }) => `${name} at ${sequence}`).join(', ');
  if (settlements.length > 1) violations.push({ promise: 'at most one charge a request', says: `${requestId}: ${path}` });
  if (ends.length === 0) violations.push({ promise: 'no hold stays open', says: `${requestId}: ${path}` });
  if (ends.length > 1 && named(ends, 'hold.expired').length === 0)
    violations.push({ promise: 'one end a hold', says: `${requestId}: ${path}` });
  const [settled] = settlements;
  if (!settled) return violations;
  if (answers.length === 0)
    violations.push({ promise: 'nothing is charged that was not generated', says: `${requestId}: the provider has no answer of it` });
  // An estimate is what was charged in want of the provider's word.
  else if (!settled.isEstimated && !answers.some(({ usage }) => text(usage) === text(usageOf(settled)))) {
    const theirs = answers.map(({ usage }) => text(usage)).join(' and ');
    violations.push({
      promise: "the charge is the provider's",
      says: `${requestId}: charged for ${text(usageOf(settled))}, the provider booked ${theirs}`,
    });
  }
  return violations;
}

function checkCredits(credits: readonly Credit[], ledger: Ledger): Violation[] {
  return credits.flatMap(({ reference, tries }) => {
    const times = ledger.credits.get(reference) ?? 0;
    if (times === 1) return [];
    return [
      {
        promise: 'a command is carried out once',
        says: `the credit ${reference}, answered after ${tries} tries, stands ${times} times in the stream`,
      },
    ];
  });
}
