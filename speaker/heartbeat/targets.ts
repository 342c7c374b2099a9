// Where heartbeats go: to the speakers the cluster knows, and back to authenticated ones it does not know yet. Pure.
import type { PeerAddress } from './protocol.ts';

// A starting speaker is heard before its Pod status names its address; a forger with the key gains little from this.
const LEARNED_LIFE_MS = 2_000;
const LEARNED_MOST = 64;

export class Targets {
  /** Node by address. */
  #known = new Map<string, string>();
  /** Address by node. */
  #addresses = new Map<string, string>();
  /** Grows whenever the nodes change. */
  version = 0;
  readonly #learned = new Map<string, { readonly node: string; readonly heardAt: number }>();

  /** The whole list; `own` is left out. */
  setPeers(peers: readonly PeerAddress[], own: string): void {
    const others = peers.filter(({ address }) => address !== own);
    this.#known = new Map(others.map(({ node, address }) => [address, node]));
    this.#addresses = new Map(others.map(({ node, address }) => [node, address]));
    this.version++;
  }

  learn({ node, address }: PeerAddress, now: number): void {
    if (this.#known.has(address)) return;
    const isKnown = this.#learned.get(address)?.node === node;
    if (!this.#learned.has(address) && this.#learned.size >= LEARNED_MOST) return;
    this.#learned.set(address, { node, heardAt: now });
    if (!isKnown) this.version++;
  }

  nodes(now: number): string[] {
    this.#forget(now);
    return [...this.#known.values(), ...Array.from(this.#learned.values(), ({ node }) => node)];
  }

  addresses(now: number): string[] {
    this.#forget(now);
    return [...this.#known.keys(), ...this.#learned.keys()];
  }

  /** What the cluster says goes before what was heard. */
  addressOf(wanted: string): string | undefined {
    const known = this.#addresses.get(wanted);
    if (known !== undefined) return known;
    for (const [address, { node }] of this.#learned) if (node === wanted) return address;
    return undefined;
  }

  #forget(now: number): void {
    for (const [address, { heardAt }] of this.#learned) {
      if (now - heardAt <= LEARNED_LIFE_MS && !this.#known.has(address)) continue;
      this.#learned.delete(address);
      this.version++;
    }
  }
}
