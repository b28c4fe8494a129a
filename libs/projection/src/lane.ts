/**
 * One projection following one stream for some partitions: read a batch, apply it, put its bucket entries, acknowledge last. Whatever breaks
 * ends a session; the next one starts from the positions, so that there is one way of beginning and it is used all the time.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '@lurus/base/clock';
import type { StreamDefinition } from '@lurus/events/stream';
import type { Consumption, Delivery, JournalConnection } from '@lurus/journal/journal';
import { type Announcer, announcePoison, announceStop } from './announce.ts';
import { applyBatch } from './apply-batch.ts';
import type { Projection } from './define-projection.ts';
import { meaningOf, messageOf, ProjectionStopped } from './failures.ts';
import { keyOfFault, type Step } from './fold-batch.ts';
import { checkIdentity, eventIdOf } from './identity-check.ts';
import type { LaneLimits } from './limits.ts';
import { batchOf, sequenceOf } from './steps.ts';
import { type Applied, FenceLost } from './store.ts';
import type { OpenView, View } from './view.ts';

/** Places where a test may end a lane as a crash would. */
export type Failpoint = 'committed' | 'put';

/** `starting`, then `following`; `waiting` while a back end is away; `stopped` for good, with an error; `closed` on demand. */
export type LaneState = 'starting' | 'following' | 'waiting' | 'stopped' | 'closed';

/** How far a lane is, and how it is. */
export interface LaneStatus {
  readonly projection: string;
  readonly version: number;
  readonly stream: string;
  readonly state: LaneState;
  readonly error: string | undefined;
  readonly positions: readonly { readonly partition: number; readonly sequence: number }[];
  /** Last sequence of the stream when it was last asked. */
  readonly head: number;
  /** Events that wait for this lane, when it was last asked. */
  readonly lag: number;
  /** When the last event was applied, by this process's clock; undefined before the first. */
  readonly appliedAtMs: number | undefined;
}

/** What a lane tells while it works, for metrics and logs. */
export interface LaneObserver {
  readonly onBatch?: (batch: {
    readonly projection: string;
    readonly applied: Applied;
    readonly steps: number;
    readonly tookMs: number;
  }) => void;
  readonly onFenceLost?: (input: { readonly projection: string }) => void;
  readonly onState?: (status: LaneStatus) => void;
}

/** All that a lane works with. */
export interface LaneOptions {
  readonly projection: Projection;
  readonly stream: StreamDefinition;
  readonly partitions: readonly number[];
  readonly connection: JournalConnection;
  readonly openView: OpenView;
  readonly clock: Clock;
  /** Name of this process, as the source of the events that it causes. */
  readonly source: string;
  readonly limits: LaneLimits;
  readonly observer: LaneObserver;
  readonly failpoint?: (at: Failpoint) => void;
}

/** A running lane. */
export interface Lane {
  readonly status: () => LaneStatus;
  /** Asks the stream for its head and the consumer for what is left, for `status`. */
  readonly measure: () => Promise<void>;
  /** Ends after the batch in hand. */
  readonly stop: () => Promise<void>;
  /** Resolves when the lane has ended, whatever the reason; `status` tells it. */
  readonly ended: Promise<void>;
}

/** Starts a lane. It goes on by itself until it is stopped or must stop. */
export function startLane(options: LaneOptions): Lane {
  const lane = new RunningLane(options);
  const ended = lane.run();
  return {
    status: () => lane.status(),
    measure: () => lane.measure(),
    stop: () => {
      lane.isStopping = true;
      lane.wake.abort();
      return ended;
    },
    ended,
  };
}

class RunningLane {
  isStopping = false;
  /** Ends pauses early when the lane is stopped. */
  readonly wake = new AbortController();
  readonly #options: LaneOptions;
  readonly #announcer: Announcer;
  #state: LaneState = 'starting';
  #error: string | undefined;
  #head = 0;
  #lag = 0;
  #appliedAtMs: number | undefined;
  #view: View | undefined;
  #consumption: Consumption | undefined;
  #positions: LaneStatus['positions'] = [];
  #awayPauseMs: number;
  /** When each recurring duty was last done. */
  readonly #doneAtMs = { heartbeat: 0, overdue: 0, identity: 0 };

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#awayPauseMs = options.limits.awayPauseMs;
    this.#announcer = {
      journal: options.connection.journal,
      projection: options.projection,
      stream: options.stream.name,
      source: options.source,
      nowMs: options.clock.nowMs,
    };
  }

  status(): LaneStatus {
    const { projection, stream } = this.#options;
    const view = this.#view?.store.positions();
    if (view && view.size > 0) this.#positions = Array.from(view.values(), ({ partition, sequence }) => ({ partition, sequence }));
    return {
      projection: projection.name,
      version: projection.version,
      stream: stream.name,
      state: this.#state,
      error: this.#error,
      positions: this.#positions,
      head: this.#head,
      lag: this.#lag,
      appliedAtMs: this.#appliedAtMs,
    };
  }

  async measure(): Promise<void> {
    this.#head = (await this.#options.connection.streamState(this.#options.stream)).lastSequence;
    if (this.#consumption) this.#lag = await this.#consumption.unacknowledged();
  }

  async run(): Promise<void> {
    while (!this.isStopping) {
      try {
        await this.#session();
      } catch (error) {
        if (meaningOf(error) !== 'away') return this.#stopFor(error);
        this.#enter('waiting', messageOf(error));
        await pause(this.#awayPauseMs, undefined, { signal: this.wake.signal }).catch(() => undefined); // Stopped: no need to wait.
        this.#awayPauseMs = Math.min(this.#awayPauseMs * 2, this.#options.limits.awayPauseMsMax);
      }
    }
    this.#enter('closed', undefined);
  }

  /** From opening the view to the first failure, or to the end. */
  async #session(): Promise<void> {
    const { connection, stream, projection, partitions, openView } = this.#options;
    const view = await openView();
    this.#view = view;
    try {
      const state = await connection.streamState(stream);
      const positions = await view.store.open({ name: stream.name, createdAt: state.createdAt });
      this.#head = (await checkIdentity({ connection, stream, positions })).lastSequence;
      await view.feed?.repair();
      const position = Math.min(...Array.from(positions.values(), ({ sequence }) => sequence));
      const consumption = await connection.consume({
        stream,
        name: `${projection.name}-v${projection.version}-p${partitions[0]}-${partitions.at(-1)}`,
        partitions,
        startSequence: position + 1,
      });
      this.#consumption = consumption;
      this.#enter('following', undefined);
      try {
        await this.#follow(view, consumption);
      } finally {
        this.#consumption = undefined;
        await consumption.close();
      }
    } finally {
      this.status(); // Keeps the last positions.
      this.#view = undefined;
      await view.close();
    }
  }

  async #follow(view: View, consumption: Consumption): Promise<void> {
    const { limits } = this.#options;
    // While nothing is delivered another runner may be the one that works; what was read before is then old.
    let mayBeStale = true;
    while (!this.isStopping) {
      const deliveries = await consumption.next({ max: limits.batchEventsMax, waitMs: limits.heartbeatMs });
      const isAll = deliveries.length < limits.batchEventsMax;
      if (deliveries.length > 0) {
        if (mayBeStale) await view.store.refresh();
        await this.#take(view, deliveries);
        await consumption.ackUpTo(sequenceOf(deliveries.at(-1) as Delivery)); // It has at least one.
      }
      mayBeStale = deliveries.length === 0;
      if (isAll) await this.#whenCaughtUp(view, consumption, deliveries.length === 0);
      if (this.#isDue('identity', limits.identityMs)) await this.#checkIdentity(view, consumption);
      if (isAll && view.paceMs > 0) await pause(view.paceMs, undefined, { signal: this.wake.signal }).catch(() => undefined);
      this.#awayPauseMs = limits.awayPauseMs;
    }
  }

  async #take(view: View, deliveries: readonly Delivery[]): Promise<void> {
    const { projection, failpoint, observer, clock } = this.#options;
    const { readable, unreadable } = this.#untilUnknownVersion(deliveries);
    const batch = batchOf(readable, view.store.positions());
    if (batch) {
      let startedAtMs = clock.nowMs();
      await applyBatch(batch, {
        store: view.store,
        poisonPausesMs: this.#options.limits.poisonPausesMs,
        onPoison: (step) => this.#announce(step),
        onApplied: async (applied, piece) => {
          failpoint?.('committed');
          await putApplied(view, applied);
          failpoint?.('put');
          this.#appliedAtMs = clock.nowMs();
          observer.onBatch?.({ projection: projection.name, applied, steps: piece.steps.length, tookMs: this.#appliedAtMs - startedAtMs });
          startedAtMs = this.#appliedAtMs;
        },
      });
    }
    if (unreadable?.outcome === 'unknown version') {
      throw new ProjectionStopped(
        `${unreadable.name} at ${unreadable.sequence} of ${this.#options.stream.name} has version ${unreadable.version}, which this program does not know. Start a newer one.`,
      );
    }
  }

  /** Where money is at stake nothing behind an event of an unknown version may be applied. */
  #untilUnknownVersion(deliveries: readonly Delivery[]): { readable: readonly Delivery[]; unreadable: Delivery | undefined } {
    const at = deliveries.findIndex(({ outcome }) => outcome === 'unknown version');
    if (at < 0 || this.#options.projection.onPoison.kind !== 'freeze') return { readable: deliveries, unreadable: undefined };
    return { readable: deliveries.slice(0, at), unreadable: deliveries[at] };
  }

  async #announce(step: Step): Promise<void> {
    const { projection } = this.#options;
    await announcePoison(this.#announcer, step, projection.kind === 'state' ? keyOfFault(projection, step) : '');
  }

  /** Duties that are only right when everything in the stream has been folded. */
  async #whenCaughtUp(view: View, consumption: Consumption, isIdle: boolean): Promise<void> {
    const { limits, clock, partitions, source } = this.#options;
    const isBeatDue = view.feed?.hasHeartbeat === true && this.#isDue('heartbeat', limits.heartbeatMs);
    const isOverdueDue = view.overdue !== undefined && this.#isDue('overdue', limits.overdueMs);
    if (!isBeatDue && !isOverdueDue) return;
    // Silence alone proves nothing: another runner may hold the partitions and be behind.
    if (isIdle) this.#lag = await consumption.unacknowledged();
    else this.#lag = 0;
    if (this.#lag > 0) return;
    const sequence = Math.max(...Array.from(view.store.positions().values(), (position) => position.sequence));
    if (isBeatDue) await view.feed?.beat({ partitions, sequence, nowMs: clock.nowMs() });
    if (isOverdueDue) await view.overdue?.({ nowMs: clock.nowMs(), source, journal: this.#options.connection.journal });
  }

  async #checkIdentity(view: View, consumption: Consumption): Promise<void> {
    const { connection, stream } = this.#options;
    const positions = await view.store.refresh();
    const state = await checkIdentity({ connection, stream, positions });
    this.#head = state.lastSequence;
    await view.feed?.check();
    // Nothing is left for these partitions, so they are read up to the head as well: a quiet one must not fall behind the stream's beginning.
    this.#lag = await consumption.unacknowledged();
    if (this.#lag > 0 || state.lastSequence === 0) return;
    const last = await connection.eventAt(stream, state.lastSequence);
    if (last) await view.store.advance({ sequence: state.lastSequence, lastId: eventIdOf(last) ?? '' });
  }

  /** Whether a duty is due, and if so counts it as done now. */
  #isDue(duty: 'heartbeat' | 'overdue' | 'identity', everyMs: number): boolean {
    const nowMs = this.#options.clock.nowMs();
    // A clock that was set back must not silence a heartbeat until it has caught up.
    const sinceMs = Math.abs(nowMs - this.#doneAtMs[duty]);
    if (sinceMs < everyMs) return false;
    this.#doneAtMs[duty] = nowMs;
    return true;
  }

  async #stopFor(failure: unknown): Promise<void> {
    const { projection, observer } = this.#options;
    if (failure instanceof FenceLost) observer.onFenceLost?.({ projection: projection.name });
    this.#enter('stopped', messageOf(failure));
    // The notice is a courtesy: a broker that is away as well must not hide why the lane stopped.
    await announceStop(this.#announcer, messageOf(failure)).catch(() => undefined);
  }

  #enter(state: LaneState, error: string | undefined): void {
    this.#state = state;
    this.#error = error;
    this.#options.observer.onState?.(this.status());
  }
}

async function putApplied(view: View, applied: Applied): Promise<void> {
  if (!view.feed) return;
  if (applied.touched.size > 0) await view.feed.put(applied.touched);
  if (applied.frozen.size > 0) await view.feed.putKeys([...applied.frozen.keys()]);
}
