/** A request's body, whole and decompressed, within a limit of its own and one of all bodies together. */
import type { Readable } from 'node:stream';
import { type BodyEncoding, bodyEncodingOf, createDecoder } from './decode-body.ts';
import { bodyEncodingBroken, bodyTooLarge, gatewayBusy } from './problems.ts';

/** The client closed its connection before its request was whole: there is nobody to answer. */
export class ClientLeft extends Error {
  override readonly name = 'ClientLeft';
}

/** Bytes of all bodies that are in memory now, bounded: many large bodies at once must not take the process down. */
export interface BodyBudget {
  bytes: number;
  readonly bytesMax: number;
}

export interface BodyInput {
  readonly source: Readable & { readonly complete: boolean };
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly bytesMax: number;
  readonly budget: BodyBudget;
}

/** A body and its claim on the budget. */
export interface ReceivedBody {
  readonly bytes: Buffer;
  /** Gives the memory back; call it once, when the request has ended. */
  readonly release: () => void;
}

/**
 * Reads and decompresses the body. Throws a Problem where it is too large, broken or the budget is used up, and ClientLeft where the
 * connection closed first. After a throw the rest of the body is left unread.
 */
export function readBody(input: BodyInput): Promise<ReceivedBody> {
  const encoding = bodyEncodingOf(input.headers['content-encoding']);
  // The announced length is of the compressed body: past the limit already, nothing needs to be read.
  if (Number(input.headers['content-length'] ?? 0) > input.bytesMax) throw bodyTooLarge({ bytesMax: input.bytesMax });
  return new Promise((resolve, reject) => new BodyReader({ ...input, encoding, resolve, reject }).start());
}

interface ReaderInput extends BodyInput {
  readonly encoding: BodyEncoding | undefined;
  readonly resolve: (body: ReceivedBody) => void;
  readonly reject: (error: Error) => void;
}

/** Guards the listeners on two streams and the claim on the budget, and lets go of all of them at the first outcome. */
class BodyReader {
  readonly #input: ReaderInput;
  readonly #decoded: Readable;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(input: ReaderInput) {
    this.#input = input;
    this.#decoded = input.encoding ? input.source.pipe(createDecoder(input.encoding)) : input.source;
  }

  start(): void {
    const { source } = this.#input;
    this.#decoded.on('data', this.#onData).once('end', this.#onEnd);
    if (this.#decoded !== source) this.#decoded.once('error', this.#onBroken);
    source.once('close', this.#onClose).once('error', this.#onClose);
  }

  readonly #onData = (chunk: Buffer): void => {
    const { bytesMax, budget } = this.#input;
    this.#bytes += chunk.length;
    budget.bytes += chunk.length;
    this.#chunks.push(chunk);
    if (this.#bytes > bytesMax) this.#fail(bodyTooLarge({ bytesMax }));
    else if (budget.bytes > budget.bytesMax) {
      this.#fail(gatewayBusy({ what: `${budget.bytesMax} bytes of request bodies` }, { retryAfterSeconds: 2 }));
    }
  };

  readonly #onEnd = (): void => {
    this.#letGo();
    const [only] = this.#chunks;
    const bytes = this.#chunks.length === 1 && only ? only : Buffer.concat(this.#chunks, this.#bytes);
    this.#input.resolve({ bytes, release: this.#release });
  };

  readonly #onBroken = (cause: Error): void => {
    const encoding = this.#input.encoding ?? 'identity';
    this.#fail(bodyEncodingBroken({ encoding, why: cause.message }, { cause }));
  };

  readonly #onClose = (): void => {
    // A body that arrived whole closes its source too, before the decoder has finished with it.
    if (!this.#input.source.complete) this.#fail(new ClientLeft('the client left while it was sending its request'));
  };

  #fail(error: Error): void {
    this.#letGo();
    this.#release();
    this.#input.reject(error);
  }

  #letGo(): void {
    const { source } = this.#input;
    source.off('close', this.#onClose).off('error', this.#onClose);
    this.#decoded.off('data', this.#onData).off('end', this.#onEnd).off('error', this.#onBroken);
    if (this.#decoded === source) return;
    source.unpipe();
    // Whatever a decoder still says after its body was given up concerns nobody.
    this.#decoded.on('error', () => undefined).destroy();
  }

  readonly #release = (): void => {
    this.#input.budget.bytes -= this.#bytes;
    this.#bytes = 0;
  };
}
