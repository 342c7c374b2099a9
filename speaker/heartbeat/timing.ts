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

/** `base` is what was configured; more peers than fit stretch all of it alike. */
export function timingFor(base: { intervalMs: number; deadlineMs: number }, peers: number): Timing {
  const intervalMs = Math.max(base.intervalMs, Math.ceil((peers * 1_000) / BEATS_MOST));
  const deadlineMs = Math.ceil((base.deadlineMs * intervalMs) / base.intervalMs);
  return { intervalMs, deadlineMs, graceMs: Math.ceil(intervalMs / GRACE_PART) };
}

type Bucket = { tokens: number; filledAt: number };

/**
 * The asides from this node to each other one. As all nodes share them out alike, what a node receives is bounded with
 * what it sends. A bucket of half a second's share, filled at half the share, gives no second more than the share.
 * Above 200 peers the share is too small for any aside.
 */
export class Budget {
  readonly #buckets = new Map<string, Bucket>();
  #half = 0;

  constructor(peers: number) {
    this.setPeers(peers);
  }

  setPeers(peers: number): void {
    this.#half = ASIDES_MOST / 2 / Math.max(peers, 1);
  }

  /** Whether one more may go to `node` now. */
  take(node: string, now: number): boolean {
    const bucket = this.#buckets.get(node) ?? { tokens: this.#half, filledAt: now };
    const filled = bucket.tokens + (Math.max(0, now - bucket.filledAt) / 1_000) * this.#half;
    bucket.tokens = Math.min(this.#half, filled);
    bucket.filledAt = now;
    this.#buckets.set(node, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  }
}
