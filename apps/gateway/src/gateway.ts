/** Everything that the request path uses, put together once at the start. */
import type { Clock } from '@lurus/base/clock';
import type { IdSource } from '@lurus/base/ids';
import type { SettingsOf } from '@lurus/base/setting';
import type { Dialect } from '@lurus/dialects/dialect';
import type { Journal } from '@lurus/journal/journal';
import type { Credentials } from '@lurus/upstream/credentials';
import type { Upstreams } from '@lurus/upstream/upstreams';
import type { Cooldowns } from './cooldown.ts';
import type { Drains } from './drains.ts';
import type { HoldBook } from './hold-book.ts';
import type { KeyRing } from './identify.ts';
import type { Job } from './job.ts';
import type { Limiter } from './limit.ts';
import type { Measures } from './measures.ts';
import type { Outbox } from './outbox.ts';
import type { PlanTables } from './plan.ts';
import type { BodyBudget } from './read-body.ts';

/** The settings that the request path reads. */
export const RELAY_SETTINGS = [
  'LURUS_BODY_BYTES_MAX',
  'LURUS_FIRST_BYTE_TIMEOUT_MS',
  'LURUS_SILENCE_TIMEOUT_MS',
  'LURUS_HOLD_LIFE_MS',
  'LURUS_EXPECTED_OUTPUT_TOKENS',
  'LURUS_ATTEMPTS_MAX',
  'LURUS_HOLD_TIMEOUT_MS',
  'LURUS_SETTLE_TIMEOUT_MS',
  'LURUS_KEEP_ALIVE_MS',
  'LURUS_WRITE_STALL_TIMEOUT_MS',
  'LURUS_REQUESTS_MAX',
] as const;

export type RelaySettings = SettingsOf<(typeof RELAY_SETTINGS)[number]>;

export interface GatewayLog {
  readonly info: (fields: object, message: string) => void;
  readonly warn: (fields: object, message: string) => void;
  readonly error: (fields: object, message: string) => void;
}

export interface Gateway {
  readonly settings: RelaySettings;
  /** `gateway-1`: who appended an event. */
  readonly source: string;
  readonly dialects: readonly Dialect[];
  readonly keys: KeyRing;
  readonly tables: PlanTables;
  readonly holds: HoldBook;
  readonly limiter: Limiter;
  readonly cooldowns: Cooldowns;
  readonly upstreams: Upstreams;
  readonly credentials: Credentials;
  readonly drains: Drains;
  readonly journal: Journal;
  readonly outbox: Outbox;
  readonly bodies: BodyBudget;
  readonly ids: IdSource;
  /** For stamps. */
  readonly clock: Clock;
  /** A monotonic clock, for durations. */
  readonly nowMs: () => number;
  readonly measures: Measures;
  readonly log: GatewayLog;
  /** Requests on their way, for an orderly stop. */
  readonly jobs: Set<Job>;
}
