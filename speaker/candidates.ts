// Which nodes could announce an address under some advertisements: computed once for all addresses that are alike. Pure.
import { type Advertisement, includesNode } from '#core/advertisement.ts';
import type { Ip } from '#core/ip.ts';
import { isSelected } from '#core/labels.ts';
import type { Node } from '#core/node.ts';
import type { Candidate } from './elect.ts';
import type { Standing } from './heartbeat/standing.ts';
import { Reach } from './reach.ts';

export type Able = {
  readonly candidates: readonly Candidate[];
  /** Advertised by these nodes too, if their links allowed it. */
  readonly unable: readonly string[];
};

export class CandidateTable {
  readonly #nodes: readonly Node[];
  readonly #reach: Reach;
  readonly #ids = new Map<Advertisement, number>();
  readonly #known = new Map<string, Able>();

  /** Of nodes whose speakers live and that are fit. */
  constructor(nodes: readonly Node[], standings: ReadonlyMap<string, Standing>) {
    this.#nodes = nodes;
    this.#reach = new Reach(standings);
  }

  of(advertisements: readonly Advertisement[], ip: Ip): Able {
    const ids = advertisements.map((advertisement) => this.#idOf(advertisement));
    const key = `${ip.family} ${this.#reach.zoneOf(ip)} ${ids.join()}`;
    const known = this.#known.get(key) ?? this.#find(advertisements, ip);
    this.#known.set(key, known);
    return known;
  }

  #find(advertisements: readonly Advertisement[], ip: Ip): Able {
    const candidates: Candidate[] = [];
    const unable: string[] = [];
    for (const node of this.#nodes) {
      const by = advertisements.filter((advertisement) => includesNode(advertisement, node.labels));
      if (by.length === 0) continue;
      if (this.#reach.isAble(node.name, ip, unionOfIfaces(by))) {
        candidates.push({ node: node.name, score: scoreOf(by, node) });
      } else unable.push(node.name);
    }
    return { candidates, unable };
  }

  #idOf(advertisement: Advertisement): number {
    const id = this.#ids.get(advertisement) ?? this.#ids.size;
    this.#ids.set(advertisement, id);
    return id;
  }
}

/** All interfaces (undefined) as soon as one advertisement names none. */
export function unionOfIfaces(advertisements: readonly Advertisement[]): string[] | undefined {
  if (advertisements.some(({ interfaces }) => interfaces.length === 0)) return undefined;
  return [...new Set(advertisements.flatMap(({ interfaces }) => interfaces))].sort();
}

/** Weights of all preferences that match add up, over all advertisements that include the node. */
function scoreOf(advertisements: readonly Advertisement[], node: Node): number {
  const preferences = advertisements.flatMap((advertisement) => advertisement.preferences);
  return preferences.reduce((sum, { weight, selector }) => sum + (isSelected(selector, node.labels) ? weight : 0), 0);
}
