/**
 * Metrics for Prometheus. Names are snake_case with their unit last: `switch_…` for what is ours, `gen_ai_…` for the GenAI conventions of
 * OpenTelemetry. Labels are bounded: never a user, key, wallet or request id.
 */
import { assert } from '@lurus/base/assert';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

const NAME = /^(switch|gen_ai)_[a-z0-9_]+$/;
const UNBOUNDED_LABELS = new Set([
  'user',
  'user_id',
  'key',
  'key_id',
  'wallet',
  'wallet_id',
  'request',
  'request_id',
  'trace_id',
  'session',
]);

/** What a metric is. `labels` name what it is divided by; `buckets` are upper bounds in the unit of the name. */
export interface MetricDeclaration<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly Label[];
}

export interface Metrics {
  readonly counter: <Label extends string = never>(declaration: MetricDeclaration<Label>) => Counter<Label>;
  /** `collect` is called at each scrape, for values that are read rather than counted. */
  readonly gauge: <Label extends string = never>(
    declaration: MetricDeclaration<Label> & { readonly collect?: (gauge: Gauge<Label>) => void | Promise<void> },
  ) => Gauge<Label>;
  readonly histogram: <Label extends string = never>(
    declaration: MetricDeclaration<Label> & { readonly buckets: readonly number[] },
  ) => Histogram<Label>;
  readonly contentType: string;
  /** Everything in the text form of Prometheus. */
  readonly render: () => Promise<string>;
}

/** Bounds in seconds for what answers at once: 0.5 ms to 10 s. */
export const FAST_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

function checked<Label extends string>(declaration: MetricDeclaration<Label>) {
  const { name, help, labels = [] } = declaration;
  assert(NAME.test(name), `the metric name ${name} starts with switch_ or gen_ai_ and is snake_case`);
  for (const label of labels)
    assert(!UNBOUNDED_LABELS.has(label), `the label ${label} of ${name} would make a series for each of its values`);
  return { name, help, labelNames: [...labels] };
}

/** A registry of its own for one process, which has the figures of Node itself (CPU, memory, event loop, collector) from the start. */
export function createMetrics(input: { readonly process: string; readonly instance: string }): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ process: input.process, instance: input.instance });
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    counter: (declaration) => new Counter({ ...checked(declaration), registers }),
    gauge: (declaration) => {
      const { collect } = declaration;
      if (!collect) return new Gauge({ ...checked(declaration), registers });
      const gauge: Gauge<NonNullable<typeof declaration.labels>[number]> = new Gauge({
        ...checked(declaration),
        registers,
        collect: (): void | Promise<void> => collect(gauge),
      });
      return gauge;
    },
    histogram: (declaration) => new Histogram({ ...checked(declaration), registers, buckets: [...declaration.buckets] }),
    contentType: registry.contentType,
    render: () => registry.metrics(),
  };
}
