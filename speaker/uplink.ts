// What probes of the gateway mean, with hysteresis. Pure.
//
// A gateway that is down silences the probes of all nodes. So a node takes itself out only while another still says that its
// own uplink works, and nobody says so from its first lost probe on: with three or more losses to go, all others have lost
// one by then (docs/adr/0008).
import type { Standing } from './heartbeat/standing.ts';

/** Losses in a row that take a node out. */
export const FAILURES_LEAST = 3;
/** Answers in a row that bring it back. */
const RISE = 5;
/** And so many more until it speaks against others: those that came back with it are back by then. */
const SURE = 2;

export class Uplink {
  readonly #failures: number;
  #losses = 0;
  #answers = 0;
  #isDown = false;

  constructor(failures: number) {
    this.#failures = failures;
  }

  get state(): Standing['uplink'] {
    if (this.#isDown) return 'down';
    return this.#answers >= RISE + SURE ? 'works' : 'unknown';
  }

  /** The outcome of a probe; `isWitnessed`: a peer that can announce says that its uplink works. */
  note(answered: boolean, isWitnessed: boolean): void {
    this.#answers = answered ? this.#answers + 1 : 0;
    this.#losses = answered ? 0 : this.#losses + 1;
    if (this.#isDown) this.#isDown = this.#answers < RISE;
    else this.#isDown = isWitnessed && this.#losses >= this.#failures;
  }
}
