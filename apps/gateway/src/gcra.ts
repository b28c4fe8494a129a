/**
 * The generic cell rate algorithm (GCRA) in whole microseconds: `theoreticalUs` is the time at which everything admitted so far would have
 * been due at an even pace. A minute's worth may come at once; after that the pace holds. No window, so no double burst at its border.
 */

const MINUTE_US = 60_000_000;

export interface Pace {
  readonly perMinute: number;
  theoreticalUs: number;
}

/** Whole microseconds that `units` take at this pace, rounded up. */
const costUs = (pace: Pace, units: number): number => Math.ceil((MINUTE_US / pace.perMinute) * units);

/**
 * Microseconds to wait until `units` fit, 0 if they fit now. Nothing is booked. A request larger than a whole minute's worth fits when
 * nothing else is booked: it could never be sent otherwise.
 */
export function waitUs(pace: Pace, input: { readonly units: number; readonly nowUs: number }): number {
  const start = Math.max(pace.theoreticalUs, input.nowUs);
  const cost = Math.min(costUs(pace, input.units), MINUTE_US);
  return Math.max(0, start + cost - MINUTE_US - input.nowUs);
}

/** Books units; a negative count gives back what an estimate took too much. */
export function book(pace: Pace, input: { readonly units: number; readonly nowUs: number }): void {
  const cost = input.units < 0 ? -costUs(pace, -input.units) : costUs(pace, input.units);
  pace.theoreticalUs = Math.max(pace.theoreticalUs, input.nowUs) + cost;
}
