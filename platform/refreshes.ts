// Who waits for a list that began after he asked: a call during one list waits for the next.

export class Refreshes {
  readonly #signal: AbortSignal;
  #asked: (() => void)[] = [];
  /** Those whom the turn that runs now will satisfy. */
  #served: (() => void)[] = [];
  #stop = new AbortController();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', () => {
      this.#stop.abort();
      this.#served.push(...this.#asked.splice(0));
      this.end();
    });
  }

  ask(): Promise<void> {
    if (this.#signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#asked.push(resolve);
      this.#stop.abort();
    });
  }

  /** A turn of list and watch begins; it had better end when the signal says so. */
  begin(): AbortSignal {
    this.#stop = new AbortController();
    if (this.#signal.aborted) this.#stop.abort();
    this.#served.push(...this.#asked.splice(0));
    return this.#stop.signal;
  }

  /** Somebody waits for the list of this turn. */
  isAsked(): boolean {
    return this.#served.length > 0;
  }

  /** The list of this turn is in. */
  end(): void {
    for (const resolve of this.#served.splice(0)) resolve();
  }
}
