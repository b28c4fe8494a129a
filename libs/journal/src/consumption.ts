/**
 * The messages of some partitions, in order and without holes. The server's durable consumer serves flow control, one active client at a time
 * and the display of lag; what was processed is known by the sink alone. Contiguity is checked on the consumer's own count of deliveries,
 * which a reset starts at 1: any other number than the next one means that a delivery got lost, or that somebody else had the consumer
 * in between, and the consumer is put back to where this client is.
 */
import { catalogue } from '@lurus/events/catalogue/all';
import { setTimeout } from 'node:timers/promises';
import { PARTITIONS, storedSubjects } from '@lurus/events/stream';
import { AckPolicy, DeliverPolicy, JetStreamApiError, type JetStreamManager, ReplayPolicy } from '@nats-io/jetstream';
import { createInbox, type Msg, nanos, type NatsConnection, type Subscription } from '@nats-io/transport-node';
import { z } from 'zod';
import { readDelivery } from './delivery.ts';
import { readDeliveryInfo } from './delivery-info.ts';
import type { ConsumerOptions, Consumption, Delivery, JournalLog } from './journal.ts';
import {
  ACKNOWLEDGE_WITHIN_MS,
  CONSUMER_TAKEOVER_MS,
  PULL_MESSAGES,
  PULL_MS,
  QUESTION_TIMEOUT_MS,
  READY_MESSAGES_MAX,
  RESTART_PAUSE_MS,
  UNACKNOWLEDGED_MAX,
} from './limits.ts';
import { inboxPrefixOf } from './permissions.ts';
import { journalAway, isJournalRefused } from './problems.ts';
import { isAbsent, serverFault } from './server-fault.ts';

/** The one priority group of every consumer: it makes the server serve one client at a time. */
const GROUP = 'one';

/** What a consumption works with. */
export interface ConsumptionInput {
  readonly nc: NatsConnection;
  readonly manager: JetStreamManager;
  readonly options: ConsumerOptions;
  readonly processName: string;
  readonly log: JournalLog;
  readonly onClosed: () => void;
}

/** A message that waits for `next`, or was handed out and waits for its acknowledgement. */
interface Held {
  readonly sequence: number;
  readonly delivery: Delivery;
  readonly acknowledgeAt: string;
}

/** A `Consumption` on a durable consumer with one pinned client. */
export class PinnedConsumption implements Consumption {
  readonly #input: ConsumptionInput;
  readonly #inbox: string;
  readonly #subscription: Subscription;
  readonly #timer: NodeJS.Timeout;
  #ready: Held[] = [];
  #handedOut: Held[] = [];
  /** The sequence after the last one that `next` handed out: where the consumer is put back to. */
  #nextToHandOut: number;
  /** The sequence after the last one received; lower ones are repeats of what is here already. */
  #nextToReceive: number;
  /** The delivery that comes next, or undefined while the consumer does not stand where this client is. */
  #nextDelivery: number | undefined;
  /** By this the server knows the active client; empty while this one is not known to be it. */
  #pin = '';
  /** Pulls are numbered, so that the end of an older one is not taken for the end of this one. */
  #pull = 0;
  /** Messages still to come for the pull; 0 where none runs. */
  #pullLeft = 0;
  #pullTicks = 0;
  #isPlacing = false;
  #fatal: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(input: ConsumptionInput) {
    this.#input = input;
    this.#nextToHandOut = input.options.startSequence;
    this.#nextToReceive = input.options.startSequence;
    this.#inbox = `${createInbox(inboxPrefixOf(input.processName))}.`;
    this.#subscription = input.nc.subscribe(`${this.#inbox}*`, {
      callback: (error, message) => {
        if (error) this.#fail(serverFault(error, this.#what));
        else this.#onMessage(message);
      },
    });
    this.#timer = setInterval(() => void this.#tick(), PULL_MS);
    this.#timer.unref();
  }

  /** Makes the consumer where it is missing and begins, at once or as soon as no other client is active. */
  async open(): Promise<void> {
    try {
      await this.#place();
    } catch (cause) {
      await this.close();
      throw serverFault(cause, this.#what);
    }
    this.#startPull();
  }

  readonly next = async (input: { readonly max: number; readonly waitMs: number }): Promise<readonly Delivery[]> => {
    if (this.#ready.length === 0 && !this.#fatal) await this.#arrival(input.waitMs);
    if (this.#fatal) throw this.#fatal;
    const taken = this.#ready.splice(0, input.max);
    this.#handedOut.push(...taken);
    this.#nextToHandOut = (taken.at(-1)?.sequence ?? this.#nextToHandOut - 1) + 1;
    this.#startPull();
    return taken.map(({ delivery }) => delivery);
  };

  readonly ackUpTo = async (sequence: number): Promise<void> => {
    const index = this.#handedOut.findLastIndex((held) => held.sequence <= sequence);
    const last = this.#handedOut[index];
    // Nothing there: the consumer was put past these messages meanwhile, which acknowledged them.
    if (!last) return;
    this.#handedOut.splice(0, index + 1);
    try {
      await this.#input.nc.request(last.acknowledgeAt, '+ACK', { timeout: QUESTION_TIMEOUT_MS });
    } catch (cause) {
      throw serverFault(cause, `the acknowledgement up to ${sequence} of ${this.#what}`);
    }
  };

  readonly unacknowledged = async (): Promise<number> => {
    try {
      const { stream, name } = this.#input.options;
      const info = await this.#input.manager.consumers.info(stream.name, name);
      return info.num_pending + info.num_ack_pending;
    } catch (cause) {
      throw serverFault(cause, this.#what);
    }
  };

  readonly close = async (): Promise<void> => {
    const wasActive = this.#pin !== '' && !this.#fatal;
    this.#fail(journalAway({ what: this.#what, why: 'the consumption was closed' }));
    this.#input.onClosed();
    const { stream, name } = this.#input.options;
    // Without this another client would wait until the server misses us.
    if (wasActive) await this.#input.manager.consumers.unpin(stream.name, name, GROUP).catch(() => undefined);
  };

  /** To be told: the connection is back. Pulls died with the old one. */
  readonly resume = (): void => {
    this.#pullLeft = 0;
    this.#startPull();
  };

  get #what(): string {
    return `consumer ${this.#input.options.name} of ${this.#input.options.stream.name}`;
  }

  #arrival(waitMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = globalThis.setTimeout(resolve, waitMs);
    this.#wake = () => {
      clearTimeout(timer);
      resolve();
    };
    return promise;
  }

  #fail(error: Error): void {
    if (this.#fatal) return;
    this.#fatal = error;
    clearInterval(this.#timer);
    this.#subscription.unsubscribe();
    this.#wake?.();
  }

  #startPull(): void {
    if (this.#fatal || this.#isPlacing || this.#pullLeft > 0 || this.#ready.length >= READY_MESSAGES_MAX) return;
    const { stream, name } = this.#input.options;
    const request = { batch: PULL_MESSAGES, expires: nanos(PULL_MS), group: GROUP, ...(this.#pin === '' ? {} : { id: this.#pin }) };
    this.#pull += 1;
    this.#pullLeft = PULL_MESSAGES;
    this.#pullTicks = 0;
    this.#input.nc.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream.name}.${name}`, JSON.stringify(request), {
      reply: this.#inbox + String(this.#pull),
    });
  }

  #onMessage(message: Msg): void {
    if (message.reply?.startsWith('$JS.ACK.')) this.#onDelivery(message, message.reply);
    else if (message.subject === this.#inbox + String(this.#pull))
      this.#onPullEnd(message.headers?.code ?? 0, message.headers?.description ?? '');
  }

  #onDelivery(message: Msg, reply: string): void {
    this.#pullLeft = Math.max(0, this.#pullLeft - 1);
    this.#pin = message.headers?.get('Nats-Pin-Id') || this.#pin;
    const { deliverySequence, streamSequence, isRedelivery } = readDeliveryInfo(reply);
    if (deliverySequence !== this.#nextDelivery) {
      this.#replace('the server continued somewhere else');
      return;
    }
    this.#nextDelivery += 1;
    if (streamSequence >= this.#nextToReceive) {
      this.#nextToReceive = streamSequence + 1;
      this.#ready.push({ sequence: streamSequence, acknowledgeAt: reply, delivery: this.#read(message, { streamSequence, isRedelivery }) });
      this.#wake?.();
    }
    this.#startPull();
  }

  #read(message: Msg, info: { readonly streamSequence: number; readonly isRedelivery: boolean }): Delivery {
    return readDelivery(catalogue, {
      stream: this.#input.options.stream,
      subject: message.subject,
      sequence: info.streamSequence,
      eventId: message.headers?.get('Nats-Msg-Id') || undefined,
      text: message.string(),
      isRedelivery: info.isRedelivery,
    });
  }

  /** A pull ends when its time is up; anything else that the server says means that the consumer is not where we left it. */
  #onPullEnd(code: number, description: string): void {
    this.#pullLeft = 0;
    if (code === REQUEST_TIMEOUT || code === NO_MESSAGES) this.#startPull();
    else this.#replace(description === '' ? `status ${code}` : description);
  }

  async #tick(): Promise<void> {
    this.#pullTicks += 1;
    if (this.#pullTicks > LOST_PULL_TICKS) this.#pullLeft = 0;
    this.#startPull();
    if (this.#pin !== '' || this.#isPlacing) return;
    const { stream, name } = this.#input.options;
    // Not known to be the active client: either there is another, or nothing has been delivered yet.
    const active = await this.#input.manager.consumers.info(stream.name, name).then(pinOf, () => undefined);
    if (active === undefined || this.#pin !== '' || this.#isPlacing || this.#fatal) return;
    if (active !== '') this.#nextDelivery = undefined;
    else if (this.#nextDelivery === undefined) this.#replace('no other client is active any more');
  }

  #replace(why: string): void {
    if (this.#isPlacing || this.#fatal) return;
    this.#isPlacing = true;
    this.#nextDelivery = undefined;
    this.#input.log.warn({ consumer: this.#input.options.name, why, sequence: this.#nextToHandOut }, 'a consumer is being put back');
    void this.#placeUntilDone();
  }

  /** Tries until it works, the server refuses for good, or the consumption is closed. */
  async #placeUntilDone(): Promise<void> {
    while (this.#isPlacing && !this.#fatal) {
      // A pull that still runs would bring messages from before the reset, indistinguishable from those after it.
      while (this.#pullLeft > 0 && !this.#fatal) await setTimeout(RESTART_PAUSE_MS);
      try {
        await this.#place();
        this.#isPlacing = false;
      } catch (cause) {
        const fault = serverFault(cause, this.#what);
        if (isJournalRefused(fault) && !isAbsent(cause)) this.#fail(fault);
        this.#input.log.warn({ consumer: this.#input.options.name, error: fault }, 'a consumer cannot be placed; trying again');
        await setTimeout(RESTART_PAUSE_MS);
      }
    }
    this.#startPull();
  }

  /**
   * Makes the consumer, or changes it to what is wanted, and says whose it is now. Asked directly: given several filters, the client library
   * falls back to a subject of 2019 and cannot change what exists.
   */
  async #ensureConsumer(): Promise<string> {
    const { stream, name } = this.#input.options;
    const request = { stream_name: stream.name, action: '', config: consumerConfig(this.#input.options) };
    const timeout = QUESTION_TIMEOUT_MS;
    const answer = await this.#input.nc.request(`$JS.API.CONSUMER.CREATE.${stream.name}.${name}`, JSON.stringify(request), { timeout });
    const { error, ...info } = Created.parse(answer.json());
    if (error) throw new JetStreamApiError(error);
    return pinOf(info);
  }

  /** Puts the consumer to the next message wanted, unless another client is active: then this one waits. */
  async #place(): Promise<void> {
    const { stream, name } = this.#input.options;
    const active = await this.#ensureConsumer();
    this.#ready = [];
    this.#handedOut = [];
    this.#nextToReceive = this.#nextToHandOut;
    const isOthers = active !== '' && active !== this.#pin;
    if (isOthers || active === '') this.#pin = '';
    if (isOthers) return;
    await this.#input.manager.consumers.reset(stream.name, name, this.#nextToHandOut);
    this.#nextDelivery = 1;
  }
}

const REQUEST_TIMEOUT = 408;
const NO_MESSAGES = 404;

/** A pull ends after one tick; after this many its end was lost. */
const LOST_PULL_TICKS = 3;

/** The part of a consumer's description that the client library has no type for. */
const Pinned = z.object({ priority_groups: z.array(z.object({ pinned_client_id: z.string().optional() })).optional() });

const Created = Pinned.extend({ error: z.object({ code: z.number(), err_code: z.number(), description: z.string() }).optional() });

/** The pin of the active client, empty where there is none. */
const pinOf = (info: unknown): string => Pinned.parse(info).priority_groups?.[0]?.pinned_client_id ?? '';

function consumerConfig({ stream, name, partitions }: ConsumerOptions) {
  const isWhole = !stream.isPartitioned || partitions.length === PARTITIONS;
  const filters = isWhole ? [storedSubjects(stream)] : partitions.map((partition) => storedSubjects(stream, partition));
  return {
    name,
    durable_name: name,
    description: `${name}: its position is in the sink, this serves flow control and the display of lag`,
    filter_subjects: filters,
    deliver_policy: DeliverPolicy.All, // Where it really starts is set by a reset.
    replay_policy: ReplayPolicy.Instant,
    ack_policy: AckPolicy.All,
    ack_wait: nanos(ACKNOWLEDGE_WITHIN_MS),
    max_ack_pending: UNACKNOWLEDGED_MAX,
    max_deliver: -1, // A message that cannot be applied is the projection's to park, never the server's to give up.
    priority_policy: 'pinned_client' as const,
    priority_groups: [GROUP],
    priority_timeout: nanos(CONSUMER_TAKEOVER_MS),
  };
}
