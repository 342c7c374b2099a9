// Address pools: ranges that Services draw from, and which Services may.
import type { Family, Ip } from '#core/ip.ts';
import { isSelectedByAny, type Labels, type Selector } from '#core/labels.ts';
import { poolAround } from '#core/pool-index.ts';
import { isInRange, type Range } from '#core/range.ts';

export type AddressPool = {
  readonly name: string;
  readonly source: 'ConfigMap' | 'IPAddressPool';
  readonly labels: Labels;
  /** In configured order; each with the path it was written at. */
  readonly ranges: readonly PoolRange[];
  readonly autoAssign: boolean;
  /** IPv4 addresses that end in .0 or .255 do not belong to the pool. */
  readonly avoidBuggyIps: boolean;
  /** Present when the pool is pinned (`serviceAllocation`). */
  readonly pinning?: Pinning;
};

export type PoolRange = { readonly range: Range; readonly path: string };

/** Smaller priority first; 0 is last. Empty lists restrict nothing, a selector that matches no namespace admits nobody. */
export type Pinning = {
  readonly priority: number;
  readonly namespaces: readonly string[];
  readonly namespaceSelectors: readonly Selector[];
  readonly serviceSelectors: readonly Selector[];
};

/** What a pool looks at to decide whether a Service may use it. */
export type PoolUser = { readonly namespace: string; readonly namespaceLabels: Labels; readonly labels: Labels };

export function isAdmitted(pool: AddressPool, user: PoolUser): boolean {
  const { pinning } = pool;
  if (!pinning) return true;
  const open = pinning.namespaces.length === 0 && pinning.namespaceSelectors.length === 0;
  const namespaceFits =
    open ||
    pinning.namespaces.includes(user.namespace) ||
    isSelectedByAny(pinning.namespaceSelectors, user.namespaceLabels);
  return (
    namespaceFits && (pinning.serviceSelectors.length === 0 || isSelectedByAny(pinning.serviceSelectors, user.labels))
  );
}

/** True when the pool can hand out the address at all. */
export function isOffered(pool: AddressPool, ip: Ip): boolean {
  return pool.ranges.some(({ range }) => isInRange(range, ip)) && !(pool.avoidBuggyIps && isBuggyIp(ip));
}

export function poolOf(pools: readonly AddressPool[], ip: Ip): AddressPool | undefined {
  const pool = poolAround(pools, ip);
  return pool && !(pool.avoidBuggyIps && isBuggyIp(ip)) ? pool : undefined;
}

/** Pinned pools by priority, then the others; ties in name order, never at random. */
export function comparePools(a: AddressPool, b: AddressPool): number {
  return rank(a) - rank(b) || Number(a.name > b.name) - Number(a.name < b.name);
}

export function isBuggyIp(ip: Ip): boolean {
  const end = ip.value & 0xffn;
  return ip.family === 4 && (end === 0n || end === 0xffn);
}

/** Usable addresses of a pool in one family, the ones `avoid-buggy-ips` leaves out not counted. */
export function capacityOf(pool: AddressPool, family: Family): bigint {
  const ranges = pool.ranges.map(({ range }) => range).filter((range) => range.family === family);
  const all = ranges.reduce((sum, { first, last }) => sum + last - first + 1n, 0n);
  if (!pool.avoidBuggyIps || family === 6) return all;
  return ranges.reduce((sum, { first, last }) => sum - buggyUpTo(last) + buggyUpTo(first - 1n), all);
}

/** How many of 0 to `value` end in .0 or .255. */
function buggyUpTo(value: bigint): bigint {
  if (value < 0n) return 0n;
  const whole = (value / 256n) * 2n + 1n;
  return isBuggyIp({ family: 4, value }) && (value & 0xffn) === 0xffn ? whole + 1n : whole;
}

function rank(pool: AddressPool): number {
  if (!pool.pinning) return Number.MAX_SAFE_INTEGER;
  return pool.pinning.priority === 0 ? Number.MAX_SAFE_INTEGER - 1 : pool.pinning.priority;
}
