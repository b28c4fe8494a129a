/** Bytes that come in pieces and are kept together, up to a limit. */

/** What is kept of bytes that outgrew their limit: enough to see what kind of thing they were. */
const HEAD_BYTES = 65_536;

/** Grows by doubling, so that bytes which arrive one by one cost linear time. Past `bytesMax` only the first 64 KB stay. */
export class GrowingBytes {
  readonly #bytesMax: number;
  #buffer = new Uint8Array(0);
  #length = 0;
  #isCut = false;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get length(): number {
    return this.#length;
  }

  /** Whether bytes were dropped because there were too many. */
  get isCut(): boolean {
    return this.#isCut;
  }

  append(bytes: Uint8Array): void {
    if (this.#isCut || bytes.length === 0) return;
    if (this.#length + bytes.length > this.#bytesMax) {
      this.#cut(bytes);
      return;
    }
    if (this.#length + bytes.length > this.#buffer.length) this.#grow(this.#length + bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** What is there, without copying: valid until the next change. */
  view(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Hands the bytes over and starts anew. */
  take(): Uint8Array {
    const taken = this.view();
    this.#buffer = new Uint8Array(0);
    this.#length = 0;
    this.#isCut = false;
    return taken;
  }

  #grow(needed: number): void {
    const larger = new Uint8Array(Math.min(this.#bytesMax, Math.max(needed, this.#buffer.length * 2, 256)));
    larger.set(this.view());
    this.#buffer = larger;
  }

  #cut(next: Uint8Array): void {
    const head = new Uint8Array(Math.min(HEAD_BYTES, this.#length + next.length));
    head.set(this.#buffer.subarray(0, Math.min(this.#length, head.length)));
    if (this.#length < head.length) head.set(next.subarray(0, head.length - this.#length), this.#length);
    this.#buffer = head;
    this.#length = head.length;
    this.#isCut = true;
  }
}
