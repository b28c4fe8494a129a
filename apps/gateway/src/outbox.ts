/** Appends that must not be lost: repeated with the same event until the journal has them. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { DomainEvent, EventDefinition } from '@lurus/events/event';
import type { Appended, Journal } from '@lurus/journal/journal';
import { isJournalRefused } from '@lurus/journal/problems';

/** Pauses between repeats, the last one for ever. The journal itself retries for seconds before it gives up once. */
const PAUSES_MS = [250, 1_000, 2_000];

/** Facts for the log that may wait at once; past it the newest are dropped and counted. Money is never dropped. */
const POSTED_MAX = 20_000;

export interface OutboxLog {
  readonly warn: (fields: object, message: string) => void;
  readonly error: (fields: object, message: string) => void;
}

export interface OutboxOptions {
  readonly journal: Journal;
  readonly log: OutboxLog;
  readonly onDropped: () => void;
}

/** Guards the count of what is not durable yet. */
export class Outbox {
  readonly #options: OutboxOptions;
  #waiting = 0;
  #posted = 0;
  #isClosed = false;
  #onIdle: (() => void) | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Events that are not durable yet. */
  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Appends and resolves when the event is durable, however long that takes. Rejects only where the journal refuses the event for good, or
   * when the outbox is closed first.
   */
  async append<Name extends string, Data>(definition: EventDefinition<Name, Data>, event: DomainEvent<Name, Data>): Promise<Appended> {
    this.#waiting += 1;
    try {
      return await this.#repeat(definition, event);
    } finally {
      this.#waiting -= 1;
      if (this.#waiting === 0) this.#onIdle?.();
    }
  }

  /** Appends in the background. */
  post<Name extends string, Data>(definition: EventDefinition<Name, Data>, event: DomainEvent<Name, Data>): void {
    if (this.#posted >= POSTED_MAX) {
      this.#options.onDropped();
      return;
    }
    this.#posted += 1;
    this.append(definition, event).then(this.#unpost, this.#unpost);
  }

  /** Waits until everything is durable, at most `limitMs`; what is left then is logged, so that it can be appended by hand. */
  async close(limitMs: number): Promise<void> {
    const abort = new AbortController();
    if (this.#waiting > 0) {
      const idle = new Promise<void>((resolve) => (this.#onIdle = resolve));
      await Promise.race([idle, sleep(limitMs, undefined, { signal: abort.signal })]);
    }
    abort.abort();
    this.#isClosed = true;
  }

  readonly #unpost = (): void => {
    this.#posted -= 1;
  };

  async #repeat<Name extends string, Data>(definition: EventDefinition<Name, Data>, event: DomainEvent<Name, Data>): Promise<Appended> {
    for (let failures = 0; ; failures += 1) {
      try {
        return await this.#options.journal.append(definition, event);
      } catch (error) {
        if (this.#isClosed || isJournalRefused(error)) {
          this.#options.log.error({ err: error, eventId: event.id, type: event.name }, 'an event could not be recorded');
          throw error;
        }
        this.#options.log.warn({ err: error, eventId: event.id, type: event.name, failures }, 'an event is not recorded yet');
        await sleep(PAUSES_MS[Math.min(failures, PAUSES_MS.length - 1)]);
      }
    }
  }
}
