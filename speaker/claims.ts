// What to do when somebody else claims an address this node announces. Pure; time in ms.
import { electOwner } from './elect.ts';
import { type Holders, preferHolders } from './sticky.ts';

/** Who a MAC belongs to: this node, the speaker of another node, or nobody we know. */
export type Claimer = { readonly kind: 'self' | 'stranger' } | { readonly kind: 'peer'; readonly node: string };

export type ClaimVerdict = {
  /** Tell people: a new stranger, or one that has been at it for long. */
  readonly report: boolean;
  /** Say once where the address really is. */
  readonly defend: boolean;
  /** Ask the peer for a heartbeat: was it taken for dead, this is the quickest way to undo it. Frames prove nothing. */
  readonly ask?: true;
};

export type HeardClaim = { readonly text: string; readonly mac: string; readonly claimer: Claimer };

/** A host that keeps claiming is answered no faster than this (RFC 5227 section 2.4). */
const DEFEND_EVERY_MS = 10_000;
const PEER_EVERY_MS = 1_000;
const ASK_EVERY_MS = 100;
/** Sooner than a report expires. */
const REPORT_EVERY_MS = 300_000;
/** However many MAC addresses claim one address. */
const STRANGER_EVERY_MS = 10_000;
const REMEMBERED_MOST = 1_000;

const NOTHING: ClaimVerdict = { report: false, defend: false };

export class ClaimLedger {
  readonly #node: string;
  readonly #holders: () => Holders | undefined;
  readonly #defended = new Limiter();
  readonly #reported = new Limiter();
  readonly #strangers = new Limiter();
  readonly #asked = new Limiter();

  constructor(node: string, holders: () => Holders | undefined = () => undefined) {
    this.#node = node;
    this.#holders = holders;
  }

  #isNews(text: string, mac: string, now: number): boolean {
    const key = `${text} ${mac}`;
    if (this.#reported.wasRecent(key, now, REPORT_EVERY_MS)) return false;
    return this.#strangers.isDue(text, now, STRANGER_EVERY_MS) && this.#reported.isDue(key, now, REPORT_EVERY_MS);
  }

  judge({ text, mac, claimer }: HeardClaim, now: number): ClaimVerdict {
    if (claimer.kind === 'self') return NOTHING;
    if (claimer.kind === 'peer') {
      // Both look at the same order: the one behind keeps still.
      const both = [claimer.node, this.#node].map((node) => ({ node, score: 0 }));
      const isBehind = electOwner(preferHolders(both, text, this.#holders()), text) === claimer.node;
      const defend = !isBehind && this.#defended.isDue(text, now, PEER_EVERY_MS);
      return { report: false, defend, ...(this.#asked.isDue(claimer.node, now, ASK_EVERY_MS) ? { ask: true } : {}) };
    }
    return {
      report: this.#isNews(text, mac, now),
      defend: this.#defended.isDue(text, now, DEFEND_EVERY_MS),
    };
  }
}

class Limiter {
  readonly #lastAt = new Map<string, number>();

  wasRecent(key: string, now: number, everyMs: number): boolean {
    const last = this.#lastAt.get(key);
    return last !== undefined && now - last < everyMs;
  }

  isDue(key: string, now: number, everyMs: number): boolean {
    if (this.wasRecent(key, now, everyMs)) return false;
    this.#lastAt.delete(key);
    this.#lastAt.set(key, now);
    // Maps keep insertion order: the first is the oldest.
    const [oldest] = this.#lastAt.keys();
    if (this.#lastAt.size > REMEMBERED_MOST && oldest !== undefined) this.#lastAt.delete(oldest);
    return true;
  }
}
