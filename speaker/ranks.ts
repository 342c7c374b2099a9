// The ranks of nodes for addresses, remembered: without that a decision after a death hashes ten thousand addresses with every
// node again. Pure: what is remembered changes only how long an answer takes.
import { hash } from 'node:crypto';

type Ranked = { readonly node: string; readonly score: number };

// 16 bits are kept. Where two begin alike, once in 65,536 pairs, the whole ranks are compared.
const KEPT_DIGITS = 4;
const NODES_LEAST = 8;
/** 24 MB. With more, all is forgotten: much of it is of nodes and addresses that are gone. */
const KEPT_MOST = 12_000_000;
/** What a row costs beside its ranks, in ranks. */
const ROW_COST = 150;

export class Ranks {
  readonly #most: number;
  readonly #rank: typeof rankOf;
  readonly #indexes = new Map<string, number>();
  /** How the ranks for an address begin, by index of the node; 0 is not known yet. */
  readonly #rows = new Map<string, { ranks: Uint16Array }>();
  /** How many there is room taken for. */
  size = 0;

  constructor(most = KEPT_MOST, rank = rankOf) {
    this.#most = most;
    this.#rank = rank;
  }

  /** The best score, then the lowest rank; the order of candidates does not matter. */
  first<T extends Ranked>(candidates: Iterable<T>, ip: string): T | undefined {
    const row = this.#rowOf(ip);
    let first: T | undefined;
    let least = 0;
    for (const candidate of candidates) {
      if (first && candidate.score < first.score) continue;
      const rank = this.#startOf(candidate.node, ip, row);
      const isFirst =
        !first ||
        candidate.score > first.score ||
        rank < least ||
        (rank === least && this.#rank(candidate.node, ip) < this.#rank(first.node, ip));
      if (!isFirst) continue;
      first = candidate;
      least = rank;
    }
    return first;
  }

  #rowOf(ip: string): { ranks: Uint16Array } {
    if (this.size > this.#most) this.#forget();
    const known = this.#rows.get(ip);
    if (known) return known;
    const row = { ranks: new Uint16Array(0) };
    this.#widen(row);
    this.#rows.set(ip, row);
    this.size += ROW_COST;
    return row;
  }

  #startOf(node: string, ip: string, row: { ranks: Uint16Array }): number {
    const index = this.#indexes.get(node) ?? this.#indexes.size;
    if (index === this.#indexes.size) this.#indexes.set(node, index);
    if (index >= row.ranks.length) this.#widen(row);
    const known = row.ranks[index] ?? 0;
    if (known > 0) return known;
    const start = Number.parseInt(this.#rank(node, ip).slice(0, KEPT_DIGITS), 16);
    row.ranks[index] = start;
    return start;
  }

  /** For all nodes that were ever seen, and half of the room free at most. */
  #widen(row: { ranks: Uint16Array }): void {
    let width = NODES_LEAST;
    while (width < this.#indexes.size) width *= 2;
    const wider = new Uint16Array(width);
    wider.set(row.ranks);
    this.size += width - row.ranks.length;
    row.ranks = wider;
  }

  #forget(): void {
    this.#indexes.clear();
    this.#rows.clear();
    this.size = 0;
  }
}

/** Lower goes first. */
export function rankOf(node: string, ip: string): string {
  return hash('sha256', `${node}#${ip}`, 'hex');
}
