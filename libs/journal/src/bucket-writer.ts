/**
 * A bucket as its projector writes it. A put names the revision that it replaces, so that neither a late repeat nor a second projector can put
 * an older value over a newer one.
 */
import { type BucketDefinition, decodeValue, encodeValue } from '@lurus/events/bucket';
import { type JetStreamManager, type StoredMsg } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import { type AcknowledgedPublisher, WRONG_LAST_SEQUENCE } from './acknowledged.ts';
import type { BucketWriter, JournalLog, Sequenced } from './journal.ts';
import { PUT_ATTEMPTS_MAX, REVISIONS_MAX } from './limits.ts';
import { bucketStream } from './permissions.ts';
import { journalAway, journalRefused } from './problems.ts';
import { isAbsent, serverFault } from './server-fault.ts';

/** What a writer works with. */
export interface BucketWriterInput<Value> {
  readonly manager: JetStreamManager;
  readonly publisher: AcknowledgedPublisher;
  readonly bucket: BucketDefinition<Value>;
  readonly timeoutMs: number;
  readonly log: JournalLog;
}

/** What the bucket holds for a key: its revision (0 where there is none) and the sequence of the value (-1 where there is none). */
interface Held {
  readonly revision: number;
  readonly sequence: number;
}

const KEY = /^[-/_=.a-zA-Z0-9]+$/;

const isDeletion = (message: StoredMsg): boolean => message.header.get('KV-Operation') !== '';

class Writer<Value extends Sequenced> implements BucketWriter<Value> {
  readonly #input: BucketWriterInput<Value>;
  readonly #stream: string;
  /** Oldest first, so that the first is the one to forget. */
  readonly #held = new Map<string, Held>();
  /** The last put of each key that is still under way. */
  readonly #tails = new Map<string, Promise<unknown>>();

  constructor(input: BucketWriterInput<Value>) {
    this.#input = input;
    this.#stream = bucketStream(input.bucket);
  }

  readonly put = (key: string, value: Value): Promise<number | undefined> => {
    if (!KEY.test(key)) throw new Error(`"${key}" is no key of a bucket; use keyToken for free text`);
    const before = this.#tails.get(key) ?? Promise.resolve();
    const write = (): Promise<number | undefined> => this.#put(key, value);
    const mine = before.then(write, write);
    this.#tails.set(key, mine);
    const forget = (): void => {
      if (this.#tails.get(key) === mine) this.#tails.delete(key);
    };
    mine.then(forget, forget);
    return mine;
  };

  readonly get = async (key: string): Promise<Value | undefined> => {
    const message = await this.#read(key);
    return message && !isDeletion(message) ? decodeValue(this.#input.bucket, message.string()) : undefined;
  };

  readonly keys = async (): Promise<string[]> => {
    const prefix = `$KV.${this.#input.bucket.name}.`;
    try {
      const { state } = await this.#input.manager.streams.info(this.#stream, { subjects_filter: `${prefix}>` });
      return Object.keys(state.subjects ?? {}).map((subject) => subject.slice(prefix.length));
    } catch (cause) {
      throw serverFault(cause, `the keys of ${this.#input.bucket.name}`);
    }
  };

  readonly state = async (): Promise<{ readonly createdAt: string; readonly lastRevision: number }> => {
    try {
      const { created, state } = await this.#input.manager.streams.info(this.#stream);
      return { createdAt: created, lastRevision: state.last_seq };
    } catch (cause) {
      throw serverFault(cause, `the state of ${this.#input.bucket.name}`);
    }
  };

  async #put(key: string, value: Value): Promise<number | undefined> {
    let held = this.#held.get(key) ?? (await this.#heldAt(key));
    for (let attempt = 0; attempt < PUT_ATTEMPTS_MAX; attempt += 1) {
      if (held.sequence > value.sequence) {
        this.#remember(key, held);
        return undefined;
      }
      const revision = await this.#write({ key, value, replaces: held.revision });
      if (revision !== undefined) {
        this.#remember(key, { revision, sequence: value.sequence });
        return revision;
      }
      held = await this.#heldAt(key);
    }
    const why = `another process changed it ${PUT_ATTEMPTS_MAX} times meanwhile`;
    throw journalAway({ what: `${this.#input.bucket.name} ${key}`, why });
  }

  /** The new revision, or undefined where the key is no longer at the one that was to be replaced. */
  async #write(input: { readonly key: string; readonly value: Value; readonly replaces: number }): Promise<number | undefined> {
    const head = headers();
    head.set('Nats-Expected-Last-Subject-Sequence', String(input.replaces));
    const what = `${this.#input.bucket.name} ${input.key}`;
    const answer = await this.#input.publisher.publish({
      subject: `$KV.${this.#input.bucket.name}.${input.key}`,
      payload: encodeValue(input.value),
      headers: head,
      timeoutMs: this.#input.timeoutMs,
      what,
    });
    if (answer.isStored) return answer.sequence;
    this.#held.delete(input.key);
    if (answer.errorCode === WRONG_LAST_SEQUENCE) return undefined;
    throw journalRefused({ what, why: answer.error });
  }

  async #heldAt(key: string): Promise<Held> {
    const message = await this.#read(key);
    if (!message) return { revision: 0, sequence: -1 };
    if (isDeletion(message)) return { revision: message.seq, sequence: -1 };
    try {
      return { revision: message.seq, sequence: decodeValue(this.#input.bucket, message.string()).sequence };
    } catch (error) {
      this.#input.log.warn({ bucket: this.#input.bucket.name, key, error }, 'a malformed value is being replaced');
      return { revision: message.seq, sequence: -1 };
    }
  }

  async #read(key: string): Promise<StoredMsg | undefined> {
    try {
      const subject = `$KV.${this.#input.bucket.name}.${key}`;
      return (await this.#input.manager.streams.getMessage(this.#stream, { last_by_subj: subject })) ?? undefined;
    } catch (cause) {
      if (isAbsent(cause)) return undefined;
      throw serverFault(cause, `${this.#input.bucket.name} ${key}`);
    }
  }

  #remember(key: string, held: Held): void {
    this.#held.delete(key);
    this.#held.set(key, held);
    if (this.#held.size <= REVISIONS_MAX) return;
    const [oldest] = this.#held.keys();
    if (oldest !== undefined) this.#held.delete(oldest);
  }
}

/** Opens a bucket for writing. Throws journalRefused where the bucket does not exist or may not be read, journalAway. */
export async function openBucketWriter<Value extends Sequenced>(input: BucketWriterInput<Value>): Promise<BucketWriter<Value>> {
  const writer = new Writer(input);
  await writer.state();
  return writer;
}
