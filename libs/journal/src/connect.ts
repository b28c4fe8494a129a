/** One process's connection to the journal, on NATS JetStream. */
import type { BucketDefinition } from '@lurus/events/bucket';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { errors, type NatsConnection } from '@nats-io/transport-node';
import { setTimeout } from 'node:timers/promises';
import { AcknowledgedPublisher } from './acknowledged.ts';
import { createJournal } from './append.ts';
import { openBucketWriter } from './bucket-writer.ts';
import { PinnedConsumption } from './consumption.ts';
import { requireDurableServer } from './durable-server.ts';
import type { ConsumerOptions, JournalConnection, JournalLimits, JournalOptions, Mirror, Sequenced } from './journal.ts';
import { APPEND_SWEEP_MS, JOURNAL_LIMITS, QUESTION_TIMEOUT_MS } from './limits.ts';
import { BucketMirror } from './mirror.ts';
import { connectToNats } from './nats-connection.ts';
import { inboxPrefixOf } from './permissions.ts';
import { readRange } from './stream-range.ts';
import { readEventAt, readStreamState } from './stream-reader.ts';

/**
 * Connects a process. Throws journalAway where no server answers, journalRefused where it does not know the process, serverNotDurable where
 * `needsDurableServer` and the server acknowledges before it has written to disk.
 */
export async function openJournal(options: JournalOptions): Promise<JournalConnection> {
  const limits = { ...JOURNAL_LIMITS, ...options.limits };
  const nc = await connectToNats(options, limits);
  try {
    if (options.needsDurableServer) await requireDurableServer(nc, options.url);
    const manager = await jetstreamManager(nc, { checkAPI: false, timeout: QUESTION_TIMEOUT_MS });
    return new Connection({ nc, manager, options, limits });
  } catch (error) {
    await nc.close();
    throw error;
  }
}

/** What must be told that the connection is back, and stopped before it goes. */
interface Resumable {
  readonly resume: () => void;
  readonly close: () => Promise<void>;
}

class Connection implements JournalConnection {
  readonly journal: JournalConnection['journal'];
  readonly #nc: NatsConnection;
  readonly #manager: JetStreamManager;
  readonly #options: JournalOptions;
  readonly #limits: JournalLimits;
  readonly #publisher: AcknowledgedPublisher;
  /** Mirrors and consumptions that are open. */
  readonly #resumables = new Set<Resumable>();
  readonly #listeners = new Set<(isConnected: boolean) => void>();
  #isConnected = true;

  constructor(input: {
    readonly nc: NatsConnection;
    readonly manager: JetStreamManager;
    readonly options: JournalOptions;
    readonly limits: JournalLimits;
  }) {
    this.#nc = input.nc;
    this.#manager = input.manager;
    this.#options = input.options;
    this.#limits = input.limits;
    this.#publisher = new AcknowledgedPublisher({
      nc: input.nc,
      clock: input.options.clock,
      inboxPrefix: inboxPrefixOf(input.options.processName),
      inFlightMax: input.limits.appendsInFlightMax,
      isConnected: () => this.#isConnected,
    });
    this.journal = createJournal(this.#publisher, input.limits);
    void this.#followStatus();
  }

  readonly isConnected = (): boolean => this.#isConnected;

  readonly onConnection = (listener: (isConnected: boolean) => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly mirror = async <Value extends Sequenced>(bucket: BucketDefinition<Value>): Promise<Mirror<Value>> => {
    const { processName, log } = this.#options;
    const onClosed = (): boolean => this.#resumables.delete(mirror);
    const mirror: BucketMirror<Value> = new BucketMirror({ nc: this.#nc, manager: this.#manager, bucket, processName, log, onClosed });
    this.#resumables.add(mirror);
    await mirror.open();
    return mirror;
  };

  readonly writer: JournalConnection['writer'] = (bucket) =>
    openBucketWriter({
      manager: this.#manager,
      publisher: this.#publisher,
      bucket,
      timeoutMs: this.#limits.appendTimeoutMs,
      log: this.#options.log,
    });

  readonly consume = async (options: ConsumerOptions): Promise<PinnedConsumption> => {
    const { processName, log } = this.#options;
    const onClosed = (): boolean => this.#resumables.delete(consumption);
    const consumption: PinnedConsumption = new PinnedConsumption({
      nc: this.#nc,
      manager: this.#manager,
      options,
      processName,
      log,
      onClosed,
    });
    this.#resumables.add(consumption);
    await consumption.open();
    return consumption;
  };

  readonly streamState: JournalConnection['streamState'] = (stream) => readStreamState(this.#manager, stream);

  readonly eventAt: JournalConnection['eventAt'] = (stream, sequence) => readEventAt(this.#manager, stream, sequence);

  readonly read: JournalConnection['read'] = (stream, range) =>
    readRange({ nc: this.#nc, processName: this.#options.processName, stream, range });

  readonly close = async (): Promise<void> => {
    for (let waitedMs = 0; this.#publisher.inFlight > 0 && waitedMs < this.#limits.closeTimeoutMs; waitedMs += APPEND_SWEEP_MS) {
      await setTimeout(APPEND_SWEEP_MS);
    }
    this.#publisher.close();
    await Promise.all([...this.#resumables].map((resumable) => resumable.close()));
    this.#listeners.clear();
    // Draining waits for the server; without one there is nothing to wait for.
    await (this.#isConnected ? this.#nc.drain() : this.#nc.close());
  };

  async #followStatus(): Promise<void> {
    const { log, processName } = this.#options;
    for await (const status of this.#nc.status()) {
      if (status.type === 'disconnect') {
        log.warn({ server: status.server }, 'the journal is away');
        this.#setConnected(false);
      } else if (status.type === 'reconnect') {
        log.info({ server: status.server }, 'the journal is back');
        this.#setConnected(true);
        this.#resume();
      } else if (status.type === 'error') {
        log.error({ error: status.error, processName }, 'the NATS server reported an error');
        const { error } = status;
        if (error instanceof errors.PermissionViolationError) this.#publisher.refuseSubject(error.subject, error);
      }
    }
    this.#setConnected(false);
  }

  #setConnected(isConnected: boolean): void {
    this.#isConnected = isConnected;
    for (const listener of this.#listeners) listener(isConnected);
  }

  #resume(): void {
    this.#publisher.resendAll();
    for (const resumable of this.#resumables) resumable.resume();
  }
}
