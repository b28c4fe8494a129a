import type { UsageReport } from '../faults.ts';

const HUGE = 2 ** 63;

/** A usage object as the fault has it reported: every number in it is replaced. Undefined where none is reported. */
export function distorted(usage: object, report: UsageReport): object | undefined {
  if (report === 'none') return undefined;
  if (report === 'zero') return withNumbers(usage, () => 0);
  if (report === 'negative') return withNumbers(usage, (value) => -Math.max(1, value));
  return report === 'huge' ? withNumbers(usage, () => HUGE) : usage;
}

function withNumbers(value: object, change: (value: number) => number): object {
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]: [string, unknown]) => {
      if (typeof inner === 'number') return [name, change(inner)];
      if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return [name, inner];
      return [name, withNumbers(inner, change)];
    }),
  );
}
