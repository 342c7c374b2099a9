// Where heartbeats go: to the speakers the cluster knows, and to those it does not know yet once they have proven themselves.
// How many there are sets the pace and the ring, so a recording from a forged address must add nobody. Pure.
import type { PeerAddress } from './protocol.ts';

// A starting speaker is heard before its Pod status names its address.
const LEARNED_LIFE_MS = 2_000;
const LEARNED_MOST = 64;

export class Targets {
  /** What the cluster says: node by address. */
  #known = new Map<string, string>();
  /** Address by node. */
  #addresses = new Map<string, string>();
  /** Grows whenever the nodes change. */
  version = 0;
  /** By node: wherever it was heard from, it counts once. */
  readonly #learned = new Map<string, { readonly address: string; readonly heardAt: number }>();

  /** The whole list; `own` is left out. */
  setPeers(peers: readonly PeerAddress[], own: string): void {
    const others = peers.filter(({ address }) => address !== own);
    this.#known = new Map(others.map(({ node, address }) => [address, node]));
    this.#addresses = new Map(others.map(({ node, address }) => [node, address]));
    this.version++;
  }

  /** From where a node was heard whose session is proven. */
  learn({ node, address }: PeerAddress, now: number): void {
    if (this.#known.has(address)) return;
    const isNew = !this.#learned.has(node);
    if (isNew && this.#learned.size >= LEARNED_MOST) return;
    this.#learned.set(node, { address, heardAt: now });
    if (isNew) this.version++;
  }

  /** The cluster says that a speaker is there. */
  isKnown(address: string): boolean {
    return this.#known.has(address);
  }

  nodes(now: number): string[] {
    this.#forget(now);
    return [...new Set([...this.#addresses.keys(), ...this.#learned.keys()])];
  }

  addresses(now: number): string[] {
    this.#forget(now);
    return [...this.#known.keys(), ...Array.from(this.#learned.values(), ({ address }) => address)];
  }

  /** What the cluster says goes before what was heard. */
  addressOf(node: string): string | undefined {
    return this.#addresses.get(node) ?? this.#learned.get(node)?.address;
  }

  #forget(now: number): void {
    for (const [node, { address, heardAt }] of this.#learned) {
      if (now - heardAt <= LEARNED_LIFE_MS && !this.#known.has(address)) continue;
      this.#learned.delete(node);
      this.version++;
    }
  }
}
