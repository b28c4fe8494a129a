/**
 * A bucket in memory. A watch is one ephemeral consumer that first delivers the last value of every key and then each change; whatever goes
 * wrong with it (a lost message, a silent server, a deleted bucket), it is thrown away and a new one reads everything again. That also finds
 * its way when the bucket was made anew and its revisions start over. Only parsed values are kept: entries of the client library are ten times
 * as large.
 */
import { type BucketDefinition, decodeValue } from '@lurus/events/bucket';
import { AckPolicy, DeliverPolicy, type JetStreamManager, ReplayPolicy } from '@nats-io/jetstream';
import { createInbox, type Msg, nanos, type NatsConnection, nuid, type Subscription } from '@nats-io/transport-node';
import { readDeliveryInfo } from './delivery-info.ts';
import type { JournalLog, Mirror, Sequenced } from './journal.ts';
import { HEARTBEAT_MS, RESTART_PAUSE_MS, WATCH_FORGOTTEN_MS } from './limits.ts';
import { bucketStream, inboxPrefixOf } from './permissions.ts';
import { serverFault } from './server-fault.ts';

/** What a mirror works with. */
export interface MirrorInput<Value> {
  readonly nc: NatsConnection;
  readonly manager: JetStreamManager;
  readonly bucket: BucketDefinition<Value>;
  readonly processName: string;
  readonly log: JournalLog;
  readonly onClosed: () => void;
}

type Listener<Value> = (key: string, value: Value | undefined) => void;

/** One watch, from its first message until something is amiss. */
interface Watch {
  readonly name: string;
  readonly subscription: Subscription;
  deliveries: number;
  /** Whether everything that was there when the watch began has been applied. */
  isComplete: boolean;
  isSilent: boolean;
}

/** A `Mirror` on one watch at a time. */
export class BucketMirror<Value extends Sequenced> implements Mirror<Value> {
  readonly #input: MirrorInput<Value>;
  readonly #stream: string;
  readonly #prefix: string;
  readonly #values = new Map<string, Value>();
  readonly #listeners = new Set<Listener<Value>>();
  readonly #ready = Promise.withResolvers<void>();
  readonly #heartbeat: NodeJS.Timeout;
  #watch: Watch | undefined;
  #restartTimer: NodeJS.Timeout | undefined;
  #malformed = 0;
  #isClosed = false;

  constructor(input: MirrorInput<Value>) {
    this.#input = input;
    this.#stream = bucketStream(input.bucket);
    this.#prefix = `$KV.${input.bucket.name}.`;
    this.#heartbeat = setInterval(() => this.#checkHeartbeat(), 2.5 * HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  readonly get = (key: string): Value | undefined => this.#values.get(key);
  readonly entries = (): IterableIterator<[string, Value]> => this.#values.entries();
  readonly size = (): number => this.#values.size;
  readonly isLive = (): boolean => this.#watch?.isComplete === true;
  readonly malformed = (): number => this.#malformed;

  readonly onChange = (listener: Listener<Value>): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly close = async (): Promise<void> => {
    this.#isClosed = true;
    this.#input.onClosed();
    clearInterval(this.#heartbeat);
    clearTimeout(this.#restartTimer);
    this.#listeners.clear();
    await this.#stop();
  };

  /** Starts the first watch and resolves when the initial values are there. */
  async open(): Promise<void> {
    try {
      await this.#start();
    } catch (cause) {
      await this.close();
      throw serverFault(cause, `the bucket ${this.#input.bucket.name}`);
    }
    await this.#ready.promise;
  }

  /** To be told: the connection is back, and the server has forgotten the watch. */
  readonly resume = (): void => this.#restartSoon('the connection was lost');

  #restartSoon(why: string): void {
    if (this.#isClosed) return;
    if (this.#watch) this.#input.log.warn({ bucket: this.#input.bucket.name, why }, 'the watch of a bucket begins anew');
    void this.#stop();
    clearTimeout(this.#restartTimer);
    this.#restartTimer = setTimeout(() => {
      this.#start().catch((error: unknown) => {
        this.#input.log.warn({ bucket: this.#input.bucket.name, error }, 'a bucket cannot be watched; trying again');
        this.#restartSoon('it could not be started');
      });
    }, RESTART_PAUSE_MS);
  }

  async #start(): Promise<void> {
    const { nc, manager, processName } = this.#input;
    const name = `mirror_${processName}_${nuid.next()}`;
    const inbox = createInbox(inboxPrefixOf(processName));
    const subscription = nc.subscribe(inbox, {
      callback: (error, message) => {
        if (this.#watch?.name !== name) return; // Of a watch that was given up.
        if (error) this.#restartSoon(error.message);
        else this.#onMessage(this.#watch, message);
      },
    });
    const watch: Watch = { name, subscription, deliveries: 0, isComplete: false, isSilent: false };
    this.#watch = watch;
    try {
      const { num_pending: waiting } = await manager.consumers.add(this.#stream, watchConfig({ name, inbox, filter: `${this.#prefix}>` }));
      if (waiting === 0 && watch.deliveries === 0) this.#complete(watch);
    } catch (error) {
      subscription.unsubscribe();
      if (this.#watch === watch) this.#watch = undefined;
      throw error;
    }
  }

  async #stop(): Promise<void> {
    const watch = this.#watch;
    this.#watch = undefined;
    if (!watch) return;
    watch.subscription.unsubscribe();
    // The server would forget it by itself; this only spares it the waiting.
    await this.#input.manager.consumers.delete(this.#stream, watch.name).catch(() => false);
  }

  #onMessage(watch: Watch, message: Msg): void {
    watch.isSilent = false;
    if (message.headers?.code === 100) this.#onControl(watch, message);
    else if (message.headers !== undefined && message.headers.code >= 400) this.#restartSoon(message.headers.description);
    else this.#onValue(watch, message);
  }

  /** Flow control (asks for an answer) or a heartbeat (says how many messages should have come). */
  #onControl(watch: Watch, message: Msg): void {
    if (message.reply !== undefined && message.reply !== '') {
      message.respond();
      return;
    }
    const stalled = message.headers?.get('Nats-Consumer-Stalled') ?? '';
    if (stalled !== '') this.#input.nc.publish(stalled);
    const sent = Number(message.headers?.get('Nats-Last-Consumer') ?? 0);
    if (sent !== watch.deliveries) this.#restartSoon(`${sent - watch.deliveries} changes were lost on the way`);
    else this.#complete(watch); // The server has nothing to send.
  }

  #onValue(watch: Watch, message: Msg): void {
    const { deliverySequence, pending } = readDeliveryInfo(message.reply ?? '');
    if (deliverySequence !== watch.deliveries + 1) {
      this.#restartSoon('a change was lost on the way');
      return;
    }
    watch.deliveries = deliverySequence;
    this.#apply(message);
    if (pending === 0) this.#complete(watch);
  }

  #apply(message: Msg): void {
    const key = message.subject.slice(this.#prefix.length);
    if ((message.headers?.get('KV-Operation') ?? '') !== '') {
      if (this.#values.delete(key)) this.#notify(key, undefined);
      return;
    }
    const value = this.#read(key, message);
    const held = this.#values.get(key);
    if (value === undefined || (held && held.sequence > value.sequence)) return;
    this.#values.set(key, value);
    this.#notify(key, value);
  }

  #read(key: string, message: Msg): Value | undefined {
    try {
      return decodeValue(this.#input.bucket, message.string());
    } catch (error) {
      this.#malformed += 1;
      this.#input.log.error({ bucket: this.#input.bucket.name, key, error }, 'a value of a bucket cannot be read and is left out');
      return undefined;
    }
  }

  #notify(key: string, value: Value | undefined): void {
    for (const listener of this.#listeners) listener(key, value);
  }

  #complete(watch: Watch): void {
    watch.isComplete = true;
    this.#ready.resolve();
  }

  #checkHeartbeat(): void {
    if (!this.#watch) return;
    if (this.#watch.isSilent) this.#restartSoon('the server fell silent');
    else this.#watch.isSilent = true;
  }
}

const watchConfig = (input: { readonly name: string; readonly inbox: string; readonly filter: string }) => ({
  name: input.name,
  deliver_subject: input.inbox,
  deliver_policy: DeliverPolicy.LastPerSubject,
  filter_subject: input.filter,
  ack_policy: AckPolicy.None,
  replay_policy: ReplayPolicy.Instant,
  flow_control: true, // A bucket of a million keys must not overrun a client that still parses.
  idle_heartbeat: nanos(HEARTBEAT_MS),
  inactive_threshold: nanos(WATCH_FORGOTTEN_MS),
  mem_storage: true,
  num_replicas: 1,
});
