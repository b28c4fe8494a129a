/**
 * Method: one row for every line of docs/endings.md (ledger-and-trust 1.4) and every reason of the catalogue; the last test fails when a
 * reason has no row.
 */
import { EndingReasonSchema } from '@lurus/events/catalogue/ending';
import { NO_TOKENS, type TokenUsage } from '@lurus/base/token-usage';
import { expect, test } from 'vitest';
import { decideEnding, type Ending, type Evidence } from './ending.ts';

const reported: TokenUsage = { ...NO_TOKENS, inputTokens: 1_000, cacheReadTokens: 500, outputTokens: 200, reasoningTokens: 50 };
const placeholder: TokenUsage = { ...NO_TOKENS, inputTokens: 1_000, outputTokens: 1 };

const evidence = (over: Partial<Evidence>): Evidence => ({
  isCharged: true,
  isHoldRecorded: true,
  client: 'present',
  answer: 'whole',
  usage: reported,
  isUsageFinal: true,
  isUsageSuspect: false,
  generatedBytes: 800,
  inputTokens: 1_200,
  outputTokensMax: 4_096,
  ...over,
});

const output = (outputTokens: number, reasoningTokens = 0) => ({
  usage: { ...NO_TOKENS, outputTokens, reasoningTokens },
  isEstimated: true,
});

interface Row {
  readonly says: string;
  readonly given: Partial<Evidence>;
  readonly expected: Ending;
}

const rows: readonly Row[] = [
  {
    says: 'a whole answer costs what the provider reported',
    given: {},
    expected: { reason: 'complete', fact: 'completed', charge: { usage: reported, isEstimated: false } },
  },
  {
    says: 'a whole answer without usage costs an estimate of prompt and output',
    given: { usage: undefined },
    expected: {
      reason: 'usage_absent',
      fact: 'completed',
      charge: { usage: { ...NO_TOKENS, inputTokens: 1_200, outputTokens: 200 }, isEstimated: true },
    },
  },
  {
    says: 'an estimate never exceeds what the hold covers',
    given: { usage: undefined, generatedBytes: 1_000_000 },
    expected: {
      reason: 'usage_absent',
      fact: 'completed',
      charge: { usage: { ...NO_TOKENS, inputTokens: 1_200, outputTokens: 4_096 }, isEstimated: true },
    },
  },
  {
    says: 'a whole answer that never corrected its start value costs an estimate of the output',
    given: { usage: placeholder, isUsageFinal: false, generatedBytes: 4_000 },
    expected: {
      reason: 'usage_absent',
      fact: 'completed',
      charge: { usage: { ...NO_TOKENS, inputTokens: 1_000, outputTokens: 1_000 }, isEstimated: true },
    },
  },
  {
    says: 'a report with impossible numbers is charged as it was clamped, and marked',
    given: { isUsageSuspect: true },
    expected: { reason: 'complete', fact: 'completed', charge: { usage: reported, isEstimated: true } },
  },
  {
    says: 'a report of more than any request can use is no report: the estimate is charged',
    given: { usage: { ...reported, inputTokens: 1_000_000_000 }, isUsageSuspect: true },
    expected: {
      reason: 'usage_absent',
      fact: 'completed',
      charge: { usage: { ...NO_TOKENS, inputTokens: 1_200, outputTokens: 200 }, isEstimated: true },
    },
  },
  {
    says: 'what is not charged ends without a charge',
    given: { isCharged: false, usage: undefined },
    expected: { reason: 'complete', fact: 'completed', charge: undefined },
  },
  {
    says: 'an explicit zero is zero, whatever was generated',
    given: { usage: NO_TOKENS },
    expected: { reason: 'zero_usage', fact: 'completed', charge: { usage: NO_TOKENS, isEstimated: false } },
  },
  {
    says: 'a client that leaves before the provider said anything pays nothing',
    given: { client: 'gone before answer', answer: 'none', usage: undefined, generatedBytes: 0 },
    expected: { reason: 'client_gone_before_answer', fact: 'cancelled', charge: undefined },
  },
  {
    says: 'a client that leaves in mid-answer pays the reported usage when the rest could be read',
    given: { client: 'gone during answer' },
    expected: { reason: 'client_gone_drained', fact: 'cancelled', charge: { usage: reported, isEstimated: false } },
  },
  {
    says: 'a drained answer without usage costs an estimate',
    given: { client: 'gone during answer', usage: undefined },
    expected: {
      reason: 'client_gone_drained',
      fact: 'cancelled',
      charge: { usage: { ...NO_TOKENS, inputTokens: 1_200, outputTokens: 200 }, isEstimated: true },
    },
  },
  {
    says: 'a drain that is cut costs the prompt as reported and the output by its bytes, not by the placeholder',
    given: { client: 'gone during answer', answer: 'drain cut', usage: placeholder, generatedBytes: 4_000 },
    expected: {
      reason: 'client_gone_cut',
      fact: 'cancelled',
      charge: { usage: { ...NO_TOKENS, inputTokens: 1_000, outputTokens: 1_000 }, isEstimated: true },
    },
  },
  {
    says: 'a drain that is cut costs the last cumulative figure where there is one',
    given: { client: 'gone during answer', answer: 'drain cut' },
    expected: { reason: 'client_gone_cut', fact: 'cancelled', charge: { usage: reported, isEstimated: true } },
  },
  {
    says: 'a drain that is cut without any report costs estimates',
    given: { client: 'gone during answer', answer: 'drain cut', usage: undefined },
    expected: {
      reason: 'client_gone_cut',
      fact: 'cancelled',
      charge: { usage: { ...NO_TOKENS, inputTokens: 1_200, outputTokens: 200 }, isEstimated: true },
    },
  },
  {
    says: 'a drain that our stop cuts is a drain that was cut',
    given: { client: 'gone during answer', answer: 'shutdown' },
    expected: { reason: 'client_gone_cut', fact: 'cancelled', charge: { usage: reported, isEstimated: true } },
  },
  {
    says: 'a refusal of the provider costs nothing, whatever its text',
    given: { answer: 'refused', usage: undefined, generatedBytes: 0 },
    expected: { reason: 'upstream_refused', fact: 'failed', charge: undefined },
  },
  {
    says: 'no answer costs nothing, prompt included',
    given: { answer: 'none', usage: undefined, generatedBytes: 0 },
    expected: { reason: 'upstream_failed_before_answer', fact: 'failed', charge: undefined },
  },
  {
    says: 'an error inside the stream costs the output so far, not the prompt',
    given: { answer: 'error inside', usage: placeholder, generatedBytes: 400 },
    expected: { reason: 'upstream_failed_during_answer', fact: 'failed', charge: output(100) },
  },
  {
    says: 'an error inside the stream before any output costs nothing',
    given: { answer: 'error inside', usage: placeholder, generatedBytes: 0 },
    expected: { reason: 'upstream_failed_during_answer', fact: 'failed', charge: undefined },
  },
  {
    says: 'an answer that is cut costs the output so far, as reported where that can be',
    given: { answer: 'cut' },
    expected: { reason: 'upstream_cut', fact: 'failed', charge: output(200, 50) },
  },
  {
    says: 'an answer that is cut while nobody is there any more costs the same',
    given: { answer: 'cut', client: 'gone during answer' },
    expected: { reason: 'upstream_cut', fact: 'cancelled', charge: output(200, 50) },
  },
  {
    says: 'an answer that falls silent costs the output so far',
    given: { answer: 'silent', usage: undefined },
    expected: { reason: 'upstream_silent', fact: 'failed', charge: output(200) },
  },
  {
    says: 'garbage costs nothing',
    given: { answer: 'garbage', usage: undefined },
    expected: { reason: 'upstream_garbage', fact: 'failed', charge: undefined },
  },
  {
    says: 'a stop of the gateway costs the output so far, not the prompt',
    given: { answer: 'shutdown', usage: placeholder, generatedBytes: 400 },
    expected: { reason: 'gateway_shutdown', fact: 'failed', charge: output(100) },
  },
  {
    says: 'a hold that could not be recorded costs nothing, even if an answer was there',
    given: { isHoldRecorded: false },
    expected: { reason: 'hold_not_recorded', fact: 'failed', charge: undefined },
  },
];

test.each(rows)('$says', ({ given, expected }) => {
  expect(decideEnding(evidence(given))).toEqual(expected);
});

test('every reason of the catalogue has a row', () => {
  expect(new Set(rows.map((row) => row.expected.reason))).toEqual(new Set(EndingReasonSchema.options));
});
