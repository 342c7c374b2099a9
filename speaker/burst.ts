// When an announced address is said again: the rounds of a burst, and the refresh after it. Pure; time in ms.

/** After gaining an address, after carrier-up, after a MAC change. Linux ignores updates within 1 s of the last one. */
export const BURST_DELAYS_MS = [0, 50, 1_100, 2_200, 5_000] as const;

export type Round<T> = { readonly address: T; readonly isFirst: boolean };

type Due<T> = { readonly address: T; readonly at: number; readonly generation: number };

/** One queue per delay: a delay is constant, so each queue is in order by itself and nothing is ever sorted. */
export class BurstSchedule<T> {
  readonly #queues = BURST_DELAYS_MS.map((): Due<T>[] => []);
  readonly #heads = BURST_DELAYS_MS.map(() => 0);
  readonly #generations = new Map<T, number>();
  #generation = 0;

  /** Starts the burst of an address, also in the middle of an earlier one, whose rounds are then void. */
  start(address: T, now: number): void {
    this.#generation++;
    this.#generations.set(address, this.#generation);
    BURST_DELAYS_MS.forEach((delay, i) => {
      this.#queues[i]?.push({ address, at: now + delay, generation: this.#generation });
    });
  }

  stop(address: T): void {
    this.#generations.delete(address);
  }

  /** Takes the rounds that are due, those of the first kind before all others. */
  take(now: number): Round<T>[] {
    return this.#queues.flatMap((queue, i) => {
      const rounds: Round<T>[] = [];
      for (let due = this.#head(i); due && due.at <= now; due = this.#advance(i)) {
        if (this.#generations.get(due.address) === due.generation)
          rounds.push({ address: due.address, isFirst: i === 0 });
      }
      // The consumed part goes once it is most of the queue, so that a queue costs what is in it.
      if ((this.#heads[i] ?? 0) > queue.length / 2) {
        queue.splice(0, this.#heads[i]);
        this.#heads[i] = 0;
      }
      return rounds;
    });
  }

  /** When the next round is due, if any. */
  next(): number | undefined {
    const times = this.#queues.map((_, i) => this.#head(i)?.at).filter((at) => at !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  #head(i: number): Due<T> | undefined {
    return this.#queues[i]?.[this.#heads[i] ?? 0];
  }

  #advance(i: number): Due<T> | undefined {
    this.#heads[i] = (this.#heads[i] ?? 0) + 1;
    return this.#head(i);
  }
}

/** The time of the next refresh; `roll` in [0, 1) spreads it by a tenth to each side. 0 as the interval is never. */
export function nextRefresh(now: number, intervalMs: number, roll: number): number {
  return intervalMs === 0 ? Number.POSITIVE_INFINITY : now + intervalMs * (0.9 + 0.2 * roll);
}
