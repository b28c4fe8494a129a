/** Answers that are read on after their clients have left, to learn what they cost: for a limited time, a limited number at once. */

/** Guards the set of running drains and the clock of each. */
export class Drains {
  readonly #drains = new Map<object, { readonly timer: NodeJS.Timeout; readonly cut: () => void }>();
  readonly #limits: { readonly drainsMax: number; readonly timeoutMs: number };

  constructor(limits: { readonly drainsMax: number; readonly timeoutMs: number }) {
    this.#limits = limits;
  }

  get running(): number {
    return this.#drains.size;
  }

  /**
   * Starts a drain, named by any object of its own. `cut` ends it: its answer is settled on the evidence so far. Past the limit the oldest
   * one is cut, which had the longest chance to come to its end.
   */
  start(name: object, cut: () => void): void {
    const { drainsMax, timeoutMs } = this.#limits;
    this.#drains.set(name, { timer: setTimeout(() => this.#cut(name), timeoutMs), cut });
    for (const oldest of this.#drains.keys()) {
      if (this.#drains.size <= drainsMax) return;
      this.#cut(oldest);
    }
  }

  /** The answer came to its end; nothing happens where it was not drained. */
  finish(name: object): void {
    clearTimeout(this.#drains.get(name)?.timer);
    this.#drains.delete(name);
  }

  #cut(name: object): void {
    const drain = this.#drains.get(name);
    this.finish(name);
    drain?.cut();
  }
}
