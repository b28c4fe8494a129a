/** The relay's figures for Prometheus. Labels are bounded: no model names, which clients choose freely. */
import type { DialectName } from '@lurus/base/dialect-name';
import type { EndingReason } from '@lurus/events/catalogue/ending';
import type { Metrics } from '@lurus/service/metrics';
import type { Attempt } from './job.ts';

/** Bounds in seconds for answers of models: from a cached word to half an hour of thinking. */
const ANSWER_SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800];

export interface Measures {
  readonly refused: (input: { readonly dialect: DialectName; readonly code: string }) => void;
  readonly attempt: (attempt: Attempt, dialect: DialectName) => void;
  readonly ended: (input: { readonly dialect: DialectName; readonly reason: EndingReason; readonly seconds: number }) => void;
  readonly settledLate: () => void;
  readonly factDropped: () => void;
}

/** What is read at each scrape rather than counted. */
export interface MeasureSources {
  readonly requests: () => number;
  readonly drains: () => number;
  readonly waitingEvents: () => number;
  readonly bodyBytes: () => number;
}

export function createMeasures(metrics: Metrics, sources: MeasureSources): Measures {
  const refused = metrics.counter({
    name: 'switch_requests_refused_total',
    help: 'Requests that were refused before any provider was called, by the code of the problem.',
    labels: ['dialect', 'code'],
  });
  const attempts = metrics.counter({
    name: 'switch_attempts_total',
    help: 'Calls to providers, by what they came to.',
    labels: ['dialect', 'outcome'],
  });
  const firstByte = metrics.histogram({
    name: 'switch_attempt_first_byte_seconds',
    help: 'From the call to a provider until its first byte.',
    labels: ['dialect'],
    buckets: ANSWER_SECONDS,
  });
  const ended = metrics.histogram({
    name: 'switch_request_duration_seconds',
    help: 'Admitted requests, from their first byte to their end, by the reason of the ending.',
    labels: ['dialect', 'reason'],
    buckets: ANSWER_SECONDS,
  });
  const settledLate = metrics.counter({
    name: 'switch_settlements_late_total',
    help: 'Answers whose end was withheld because the settlement was not durable in time.',
  });
  const factsDropped = metrics.counter({
    name: 'switch_facts_dropped_total',
    help: 'Facts for the log that were dropped because too many waited.',
  });
  gaugeOf(metrics, { name: 'switch_requests_running', help: 'Admitted requests that have not ended.', read: sources.requests });
  gaugeOf(metrics, { name: 'switch_drains_running', help: 'Answers read on after their clients left.', read: sources.drains });
  gaugeOf(metrics, { name: 'switch_events_waiting', help: 'Events that are not durable yet.', read: sources.waitingEvents });
  gaugeOf(metrics, { name: 'switch_body_bytes', help: 'Memory taken by request bodies.', read: sources.bodyBytes });
  return {
    refused: ({ dialect, code }) => refused.inc({ dialect, code }),
    attempt: (attempt, dialect) => {
      attempts.inc({ dialect, outcome: attempt.outcome ?? 'abandoned' });
      if (attempt.firstByteMs !== undefined) firstByte.observe({ dialect }, (attempt.firstByteMs - attempt.startedMs) / 1_000);
    },
    ended: ({ dialect, reason, seconds }) => ended.observe({ dialect, reason }, seconds),
    settledLate: () => settledLate.inc(),
    factDropped: () => factsDropped.inc(),
  };
}

interface GaugeInput {
  readonly name: string;
  readonly help: string;
  readonly read: () => number;
}

function gaugeOf(metrics: Metrics, { name, help, read }: GaugeInput): void {
  metrics.gauge({ name, help, collect: (gauge) => gauge.set(read()) });
}
