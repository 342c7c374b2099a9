// The free addresses of one pool and family as intervals in configured order: taking the lowest costs no scan.
import type { Family, Ip } from '#core/ip.ts';
import { type AddressPool, isBuggyIp } from '#core/pool.ts';
import type { Range } from '#core/range.ts';

type Interval = { first: bigint; last: bigint };

export class FreeSpace {
  readonly #pool: AddressPool;
  readonly #family: Family;
  /** One sorted list of free intervals for each range of the pool. */
  readonly #lists: { readonly range: Range; free: Interval[] }[];

  /** `used` are the addresses taken so far, in any order, also of other pools and families. */
  constructor(pool: AddressPool, family: Family, used: readonly Ip[]) {
    this.#pool = pool;
    this.#family = family;
    const values = used.filter((ip) => ip.family === family).map((ip) => ip.value);
    values.sort((a, b) => Number(a > b) - Number(a < b));
    const ranges = pool.ranges.map(({ range }) => range).filter((range) => range.family === family);
    this.#lists = ranges.map((range) => ({ range, free: gaps(range, values) }));
  }

  /** The lowest free address of the first range that has one; it stays free until `take`. */
  lowest(): Ip | undefined {
    for (const { free } of this.#lists) {
      const value = this.#lowestOf(free);
      if (value !== undefined) return { family: this.#family, value };
    }
    return undefined;
  }

  take({ value }: Ip): void {
    for (const list of this.#lists) {
      const i = list.free.findIndex(({ first, last }) => first <= value && value <= last);
      const interval = list.free[i];
      if (interval) list.free.splice(i, 1, ...split(interval, value));
    }
  }

  release({ value }: Ip): void {
    const list = this.#lists.find(({ range }) => range.first <= value && value <= range.last);
    if (!list) return;
    const i = list.free.findIndex(({ first }) => first > value);
    list.free.splice(i < 0 ? list.free.length : i, 0, { first: value, last: value });
  }

  /** Buggy addresses come in pairs at most (.255 and .0), so this looks at three values per interval. */
  #lowestOf(free: readonly Interval[]): bigint | undefined {
    for (const { first, last } of free) {
      for (let value = first; value <= last; value++) {
        if (!(this.#pool.avoidBuggyIps && isBuggyIp({ family: this.#family, value }))) return value;
      }
    }
    return undefined;
  }
}

/** What `used` (ascending) leaves of a range. */
function gaps({ first, last }: Range, used: readonly bigint[]): Interval[] {
  const free: Interval[] = [];
  let next = first;
  for (const value of used) {
    if (value < next) continue;
    if (value > last) break;
    if (value > next) free.push({ first: next, last: value - 1n });
    next = value + 1n;
  }
  if (next <= last) free.push({ first: next, last });
  return free;
}

function split({ first, last }: Interval, value: bigint): Interval[] {
  const below = first < value ? [{ first, last: value - 1n }] : [];
  const above = value < last ? [{ first: value + 1n, last }] : [];
  return [...below, ...above];
}
