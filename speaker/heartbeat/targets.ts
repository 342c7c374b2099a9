// Where heartbeats go: to the speakers the cluster knows, and back to authenticated ones it does not know yet. Pure.
import type { PeerAddress } from './protocol.ts';

// A starting speaker is heard before its Pod status names its address; a forger with the key gains little from this.
const LEARNED_LIFE_MS = 2_000;
const LEARNED_MOST = 64;

export class Targets {
  /** Node by address. */
  #known = new Map<string, string>();
  readonly #learned = new Map<string, { readonly node: string; readonly heardAt: number }>();

  /** The whole list; `own` is left out. */
  setPeers(peers: readonly PeerAddress[], own: string): void {
    const others = peers.filter(({ address }) => address !== own);
    this.#known = new Map(others.map(({ node, address }) => [address, node]));
  }

  learn({ node, address }: PeerAddress, now: number): void {
    if (this.#known.has(address)) return;
    const hasRoom = this.#learned.has(address) || this.#learned.size < LEARNED_MOST;
    if (hasRoom) this.#learned.set(address, { node, heardAt: now });
  }

  addresses(now: number): string[] {
    for (const [address, { heardAt }] of this.#learned) {
      if (now - heardAt > LEARNED_LIFE_MS || this.#known.has(address)) this.#learned.delete(address);
    }
    return [...this.#known.keys(), ...this.#learned.keys()];
  }

  /** What the cluster says goes before what was heard. */
  addressOf(wanted: string): string | undefined {
    for (const [address, node] of this.#known) if (node === wanted) return address;
    for (const [address, { node }] of this.#learned) if (node === wanted) return address;
    return undefined;
  }
}
