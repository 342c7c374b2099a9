// How often beats are sent and how long silence lasts until it is death, for a number of peers. No node sends or receives more
// than 1,000 packets a second: beats take up to 600 of them, what is said to one peer alone (asides) up to 400. Pure.

export type Timing = {
  readonly intervalMs: number;
  /** Also the life of the slot that keeps the kernel answering. */
  readonly deadlineMs: number;
  /** A verdict waits this much longer: a peer falls silent before others take over, and a message on its way arrives. */
  readonly graceMs: number;
};

const BEATS_MOST = 600;
const ASIDES_MOST = 400;
const GRACE_PART = 5;
/** In large clusters: a node has to do with about so many near ones. */
export const RING_SHARES = 24;
/** Of the asides, those to strangers: they must not use up what the suspicions need. */
const STRANGERS_MOST = 150;
const ALL_HALF = (ASIDES_MOST - STRANGERS_MOST) / 2;

/** From a beat that is late beyond grace to half the deadline. */
export function leadOf({ intervalMs, deadlineMs, graceMs }: Timing): number {
  return Math.max(0, deadlineMs / 2 - intervalMs - graceMs);
}

/** `base` is what was configured; more peers than fit stretch all of it alike. */
export function timingFor(base: { intervalMs: number; deadlineMs: number }, peers: number): Timing {
  const intervalMs = Math.max(base.intervalMs, Math.ceil((peers * 1_000) / BEATS_MOST));
  const deadlineMs = Math.ceil((base.deadlineMs * intervalMs) / base.intervalMs);
  return { intervalMs, deadlineMs, graceMs: Math.ceil(intervalMs / GRACE_PART) };
}

/** A bucket of half a second's share, filled at half the share, gives no second more than the share. */
class Bucket {
  #tokens = Number.POSITIVE_INFINITY;
  #filledAt = 0;

  /** Takes as many as are wanted, or none. */
  take(wanted: number, { half, now }: { half: number; now: number }): boolean {
    const filled = this.#tokens + (Math.max(0, now - this.#filledAt) / 1_000) * half;
    this.#tokens = Math.min(half, filled);
    this.#filledAt = now;
    if (this.#tokens < wanted) return false;
    this.#tokens -= wanted;
    return true;
  }
}

/**
 * The asides from this node to each other one, and in all. As all nodes share them out alike, what a node receives is bounded
 * with what it sends. Up to 64 nodes everybody may have to do with everybody; above, only those that are near on the ring.
 */
export class Budget {
  readonly #buckets = new Map<string, Bucket>();
  readonly #all = new Bucket();
  readonly #strangers = new Bucket();
  #half = 0;

  constructor(peers: number) {
    this.setPeers(peers);
  }

  setPeers(peers: number): void {
    this.#half = ASIDES_MOST / 2 / Math.max(peers, 1);
  }

  /** Whether one more may go to `node` now. */
  take(node: string, now: number): boolean {
    const bucket = this.#buckets.get(node) ?? new Bucket();
    this.#buckets.set(node, bucket);
    return bucket.take(1, { half: this.#half, now }) && this.#all.take(1, { half: ALL_HALF, now });
  }

  /** Whether one more may go to somebody who has to do with us only now. */
  takeStranger(now: number): boolean {
    return this.#strangers.take(1, { half: STRANGERS_MOST / 2, now });
  }
}
