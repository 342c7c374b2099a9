// Which pool an address lies in, by bisection: ten thousand addresses and hundreds of ranges are no hundred thousand looks.
import { type Ip, keyOfIp } from '#core/ip.ts';
import type { AddressPool } from '#core/pool.ts';

type Bound = { readonly first: number | bigint; readonly last: number | bigint; readonly pool: AddressPool };

/** Ranges of one family from the lowest up. They do not overlap: a configuration in which they do is refused. */
type Index = { readonly 4: readonly Bound[]; readonly 6: readonly Bound[] };

/** A list of pools never changes; it is made anew. */
const indexes = new WeakMap<readonly AddressPool[], Index>();

/** The pool with a range that holds the address, whether or not it gives it out. */
export function poolAround(pools: readonly AddressPool[], ip: Ip): AddressPool | undefined {
  let index = indexes.get(pools);
  if (!index) {
    index = { 4: boundsOf(pools, 4), 6: boundsOf(pools, 6) };
    indexes.set(pools, index);
  }
  const bounds = index[ip.family];
  const value = keyOfIp(ip);
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((bounds[middle] as Bound).first <= value) low = middle + 1;
    else high = middle;
  }
  const bound = bounds[low - 1];
  return bound && value <= bound.last ? bound.pool : undefined;
}

function boundsOf(pools: readonly AddressPool[], family: 4 | 6): Bound[] {
  const key = (value: bigint) => keyOfIp({ family, value });
  const ranges = pools.flatMap((pool) => pool.ranges.map(({ range }) => ({ range, pool })));
  return ranges
    .filter(({ range }) => range.family === family)
    .map(({ range, pool }) => ({ first: key(range.first), last: key(range.last), pool }))
    .sort((a, b) => Number(a.first > b.first) - Number(a.first < b.first));
}
