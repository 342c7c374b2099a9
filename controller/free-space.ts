// The free addresses of one pool and family, found by walking up its ranges in configured order: what was passed is not
// looked at again, so that all who are waiting cost one walk.
import type { Family, Ip } from '#core/ip.ts';
import { type AddressPool, isBuggyIp } from '#core/pool.ts';

type Walk = { readonly first: bigint; readonly last: bigint; next: bigint };

export class FreeSpace {
  readonly #family: Family;
  readonly #walks: readonly Walk[];
  readonly #isFree: (ip: Ip) => boolean;

  /** `isGivable` is asked again whenever it may have changed; only `release` makes an address free that was not. */
  constructor({ ranges, avoidBuggyIps }: AddressPool, family: Family, isGivable: (ip: Ip) => boolean) {
    this.#family = family;
    const own = ranges.map(({ range }) => range).filter((range) => range.family === family);
    this.#walks = own.map(({ first, last }) => ({ first, last, next: first }));
    this.#isFree = avoidBuggyIps ? (ip) => !isBuggyIp(ip) && isGivable(ip) : isGivable;
  }

  /** The lowest free address of the first range that has one; it stays free until it is not givable any more. */
  lowest(): Ip | undefined {
    for (const walk of this.#walks) {
      for (; walk.next <= walk.last; walk.next++) {
        const ip = { family: this.#family, value: walk.next };
        if (this.#isFree(ip)) return ip;
      }
    }
    return undefined;
  }

  /** Nobody is on it any more. */
  release({ family, value }: Ip): void {
    if (family !== this.#family) return;
    for (const walk of this.#walks) if (walk.first <= value && value < walk.next) walk.next = value;
  }
}
