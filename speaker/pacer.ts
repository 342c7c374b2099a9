// The send queue of one interface: at most 2,000 frames in any second, first frames ahead of all else. Pure.

// 20 frames may leave at once, so that a timer of 5 ms can keep the pace. The worst second then has 1,980, which leaves
// room for what a receiver sees pushed together.
const FRAMES_PER_SECOND = 1_960;
const FRAMES_AT_ONCE = 20;
const FRAME_MS = 1_000 / FRAMES_PER_SECOND;
// Sums of fractions: less than this is nothing.
const GRAIN_MS = 1e-6;

/** Probes and repeats take turns, so that neither keeps the other waiting for long. */
export type Urgency = 'first' | 'probe' | 'repeat';

/** `T` is a frame still to be built; `keyOf` tells which are the same, and the same one never waits twice. */
export class Pacer<T> {
  readonly #keyOf: (item: T) => number;
  // Maps keep insertion order and find doubles.
  readonly #first = new Map<number, T>();
  readonly #probes = new Map<number, T>();
  readonly #repeats = new Map<number, T>();
  #isTurnOfProbes = false;
  /** When the pace would be even, had every frame been sent at its own time. */
  #even = Number.NEGATIVE_INFINITY;

  constructor(keyOf: (item: T) => number) {
    this.#keyOf = keyOf;
  }

  get waiting(): number {
    return this.#first.size + this.#probes.size + this.#repeats.size;
  }

  add(item: T, urgency: Urgency): void {
    const key = this.#keyOf(item);
    if (this.#first.has(key) || this.#probes.has(key)) return;
    if (urgency === 'first') {
      this.#repeats.delete(key);
      this.#first.set(key, item);
    } else if (urgency === 'probe') this.#probes.set(key, item);
    else if (!this.#repeats.has(key)) this.#repeats.set(key, item);
  }

  /** The next frame, if the pace allows one now. */
  take(now: number): T | undefined {
    if (this.#delay(now) > GRAIN_MS) return undefined;
    const queue = this.#first.size > 0 ? this.#first : this.#nextInTurn();
    const [entry] = queue;
    if (!entry) return undefined;
    queue.delete(entry[0]);
    this.#even = Math.max(this.#even, now - FRAMES_AT_ONCE * FRAME_MS) + FRAME_MS;
    return entry[1];
  }

  /** Milliseconds until `take` gives a frame; undefined when none waits. */
  wait(now: number): number | undefined {
    return this.waiting === 0 ? undefined : Math.max(0, this.#delay(now));
  }

  /** Takes all that wait: they are never sent. */
  drain(): T[] {
    const queues = [this.#first, this.#probes, this.#repeats];
    const items = queues.flatMap((queue) => [...queue.values()]);
    for (const queue of queues) queue.clear();
    return items;
  }

  #nextInTurn(): Map<number, T> {
    this.#isTurnOfProbes = !this.#isTurnOfProbes;
    const [queue, other] = this.#isTurnOfProbes ? [this.#probes, this.#repeats] : [this.#repeats, this.#probes];
    return queue.size > 0 ? queue : other;
  }

  #delay(now: number): number {
    return this.#even + FRAME_MS - now;
  }
}
