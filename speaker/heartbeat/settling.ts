// When a speaker that starts has had the time to hear everyone who lives: before, it announces nothing. Pure; time in ms.

// Two starting nodes prove themselves to each other within two beats, if none is lost.
const LEAST_MS = 600;
// When a fleet starts together there may be nobody who knows all.
const INFORMED_MOST_MS = 2_000;
// After a change of key peers go on signing with the old one, which a speaker that starts never learns: two seconds from when
// they learned the new one, which may be later than we did.
const STRANGE_KEY_MOST_MS = 3_000;

export class Settling {
  isOver = false;
  #startedAt = Number.POSITIVE_INFINITY;
  #at = Number.POSITIVE_INFINITY;

  /** The first beats go out. */
  begin(now: number, deadlineMs: number): void {
    if (this.#startedAt !== Number.POSITIVE_INFINITY) return;
    this.#startedAt = now;
    this.#at = now + Math.max(LEAST_MS, deadlineMs);
  }

  /** Our own loop stood still. */
  stalled(ms: number): void {
    if (!this.isOver) this.#at += ms;
  }

  /** A peer lives and signs with a key that is not known here. */
  missedKey(now: number): void {
    if (now < this.#startedAt + STRANGE_KEY_MOST_MS) this.#at = Math.max(this.#at, now + LEAST_MS);
  }

  /** `isInformed`: everybody who lives is known, as far as others know it. */
  look(now: number, isInformed: boolean): void {
    this.isOver ||= now >= this.#at && (isInformed || now >= this.#at + INFORMED_MOST_MS);
  }
}
