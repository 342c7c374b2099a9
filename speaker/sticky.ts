// Sticky owners: among the best candidates, who holds an address already goes before rank. Pure; time in ms.
//
// Nobody remembers what others decided: each speaker says what it holds in its heartbeats, and all apply one function to what
// was said. So speakers that hear each other agree, whatever they thought before (ADR 10).
import { hash } from 'node:crypto';
import type { Candidate } from './elect.ts';
import type { Said } from './heartbeat/holdings.ts';
import type { LivePeer } from './heartbeat/peers.ts';

export type Holder = {
  readonly marks: ReadonlySet<number>;
  /** Is or lately was on the smaller side of a partition, or stood still. */
  readonly weak: boolean;
};

/** By node, this one included. */
export type Holders = ReadonlyMap<string, Holder>;

/** What a decision knows of an address: who owns it. */
export type Owned = { readonly text: string; readonly owner?: string };

export type Look = {
  /** Undefined: by rank, because a speaker is there that knows nothing of holders. */
  readonly holders: Holders | undefined;
  /** It is not yet known what all others hold. */
  readonly isWaiting: boolean;
  /** When to look again, if time alone changes something. */
  readonly nextAt: number | undefined;
};

export type Surroundings = {
  readonly live: readonly LivePeer[];
  /** All speakers there should be, this one included. */
  readonly known: ReadonlySet<string>;
  readonly now: number;
};

/** So long after a partition, or after standing still, all have heard what all hold. */
export const WEAK_AFTER_MS = 5_000;
/** A speaker that starts goes on after this, whatever it missed. */
export const WAIT_MOST_MS = 3_000;

/** The candidates to elect from by rank: a better score moves an address, a better rank alone does not. */
export function preferHolders(
  candidates: readonly Candidate[],
  text: string,
  holders: Holders | undefined,
): readonly Candidate[] {
  if (!holders) return candidates;
  const score = candidates.reduce((most, candidate) => Math.max(most, candidate.score), 0);
  const mark = markOf(text);
  const held = candidates.filter((one) => one.score === score && holders.get(one.node)?.marks.has(mark));
  const strong = held.filter(({ node }) => !holders.get(node)?.weak);
  if (strong.length > 0) return strong;
  return held.length > 0 ? held : candidates;
}

/** Two addresses with one mark stay with one holder where both can: all speakers err alike. */
export function markOf(text: string): number {
  return Number.parseInt(hash('sha256', text, 'hex').slice(0, 8), 16);
}

export class Stickiness {
  readonly #node: string;
  #marks: ReadonlySet<number> = new Set();
  #weakUntil = Number.NEGATIVE_INFINITY;
  #wasMinority = false;
  #weak = false;
  #said: Said = { marks: [], weak: false };
  #waitUntil: number | undefined;
  #isInformed = false;

  constructor(node: string) {
    this.#node = node;
  }

  look({ live, known, now }: Surroundings): Look {
    const isMinority = (live.length + 1) * 2 <= known.size;
    // Nobody looks while nothing changes: until this look it was as at the last one.
    if (isMinority || this.#wasMinority) this.#weakUntil = now + WEAK_AFTER_MS;
    this.#wasMinority = isMinority;
    this.#weak = now < this.#weakUntil;
    this.#waitUntil ??= now + WAIT_MOST_MS;
    this.#isInformed ||= now >= this.#waitUntil || live.every(({ holdings }) => holdings?.isComplete !== false);
    const isWaiting = !this.#isInformed;
    const weakEnd = this.#weak && !isMinority ? this.#weakUntil : undefined;
    return { holders: this.#holders(live), isWaiting, nextAt: isWaiting ? this.#waitUntil : weakEnd };
  }

  /** This process stood still: what it holds others may have taken over meanwhile. */
  weaken(now: number): void {
    this.#weakUntil = now + WEAK_AFTER_MS;
  }

  /** What this node says it holds from now on; undefined when that is nothing new. */
  note(plans: readonly Owned[]): Said | undefined {
    const own = plans.filter(({ owner }) => owner === this.#node).map(({ text }) => markOf(text));
    this.#marks = new Set(own.sort((a, b) => a - b));
    const said = { marks: [...this.#marks], weak: this.#weak };
    if (said.weak === this.#said.weak && said.marks.join() === this.#said.marks.join()) return undefined;
    this.#said = said;
    return said;
  }

  #holders(live: readonly LivePeer[]): Holders | undefined {
    const holders = new Map<string, Holder>([[this.#node, { marks: this.#marks, weak: this.#weak }]]);
    for (const { node, holdings } of live) {
      if (!holdings) return undefined;
      holders.set(node, { marks: new Set(holdings.marks), weak: holdings.weak });
    }
    return holders;
  }
}
