// The keys of the cluster: the newest and the one before it are accepted. A new one signs only when all peers had the time to
// learn it, or those that learn it late would take the silence for death. Pure: time is a parameter (ms).
import type { KeyObject } from 'node:crypto';

const LEARN_MS = 2_000;

export class Keys {
  #accepted: readonly KeyObject[] = [];
  #signsAt = Number.NEGATIVE_INFINITY;

  /** The newest first. */
  get accepted(): readonly KeyObject[] {
    return this.#accepted;
  }

  take(key: KeyObject, now: number): void {
    if (this.#accepted[0]?.equals(key)) return;
    // There is nobody to wait for when it is the first.
    if (this.#accepted.length > 0) this.#signsAt = now + LEARN_MS;
    this.#accepted = [key, ...this.#accepted].slice(0, 2);
  }

  signing(now: number): KeyObject | undefined {
    const [newest, before] = this.#accepted;
    return now < this.#signsAt ? (before ?? newest) : newest;
  }
}
