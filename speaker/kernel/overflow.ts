// What the maps in the kernel have no room for on one interface: the packet sockets answer it until there is room.
import type { OwnedAddress } from '../owned.ts';

/** False when there is no room. */
export type Own = (address: OwnedAddress) => boolean;

export class Overflow {
  readonly #own: Own;
  readonly #waiting = new Set<OwnedAddress>();

  constructor(own: Own) {
    this.#own = own;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Those for which there is no room, as far as that is new. */
  add(addresses: Iterable<OwnedAddress>): OwnedAddress[] {
    const refused: OwnedAddress[] = [];
    for (const address of addresses) {
      if (this.#own(address)) this.#waiting.delete(address);
      else if (!this.#waiting.has(address)) {
        this.#waiting.add(address);
        refused.push(address);
      }
    }
    return refused;
  }

  delete(address: OwnedAddress): void {
    this.#waiting.delete(address);
  }

  /** There may be room again. */
  retry(): void {
    const full = new Set<number>();
    for (const address of this.#waiting) {
      // Each family has a map of its own.
      const { family } = address.announcement.ip;
      if (full.has(family)) continue;
      if (this.#own(address)) this.#waiting.delete(address);
      else full.add(family);
    }
  }
}
