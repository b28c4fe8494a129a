/** Bounds of a lane, each with its reason. Tests shorten the times. */
export interface LaneLimits {
  readonly batchEventsMax: number;
  readonly heartbeatMs: number;
  readonly overdueMs: number;
  readonly identityMs: number;
  readonly paceMs: number;
  readonly poisonPausesMs: readonly number[];
  readonly awayPauseMs: number;
  readonly awayPauseMsMax: number;
}

/** What a lane allows itself unless told otherwise. */
export const LANE_LIMITS: LaneLimits = {
  batchEventsMax: 500, // 49,000 events/s at 9 ms a transaction; 2,000 gain a third more at three times the wait.
  heartbeatMs: 250, // A gateway trusts balances for 1 s after a sign of life: three may be late.
  overdueMs: 1_000, // A hold is given back at most so long after its grace.
  identityMs: 60_000, // A re-created stream is noticed within a minute also while nothing comes.
  paceMs: 250, // ClickHouse makes a file set of every insert and merges them later: four small inserts a second, not four hundred.
  poisonPausesMs: [100, 400, 1_600], // What was no poison but a passing fault is over by then.
  awayPauseMs: 100, // First pause when a back end is away; each later one is twice as long.
  awayPauseMsMax: 5_000, // Longest pause: that soon after a back end is back the view goes on.
};

/** Overdue rows taken at once; the rest follow a second later. */
export const OVERDUE_ROWS_MAX = 200;
