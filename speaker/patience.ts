// A peer that claims an address of ours may know of a change before us, a drain above all: it forwards as well, and to claim the
// address back and then let it go would break connections twice. So we wait whether we still want it.

/** Longer than the API server takes to tell all nodes the same. */
const PATIENCE_MS = 150;

export class Patience {
  readonly #onEnd: (text: string) => unknown;
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(onEnd: (text: string) => unknown) {
    this.#onEnd = onEnd;
  }

  /** One at a time for an address. */
  add(text: string): void {
    if (this.#timers.has(text)) return;
    const end = () => {
      this.#timers.delete(text);
      this.#onEnd(text);
    };
    this.#timers.set(text, setTimeout(end, PATIENCE_MS));
  }

  clear(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}
