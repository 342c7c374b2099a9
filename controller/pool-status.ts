// The counters in the status of IPAddressPool objects (reference 2.1): planned whole, written where they differ.
import type { IPAddressPoolObject, PoolCounters } from '#core/custom-resources.ts';
import { type Family, type Ip, keyOfIp } from '#core/ip.ts';
import { type AddressPool, capacityOf, poolOf } from '#core/pool.ts';
import type { Decision } from './allocate.ts';

export type PoolStatusWrite = {
  readonly name: string;
  /** Of the object that the counters differ from. */
  readonly resourceVersion: string;
  readonly status: PoolCounters;
};

/** JSON numbers are exact up to here; an IPv6 pool may have more addresses. */
const COUNT_MOST = BigInt(Number.MAX_SAFE_INTEGER);

export function planPoolStatuses(
  objects: readonly IPAddressPoolObject[],
  pools: readonly AddressPool[],
  decisions: readonly Decision[],
): PoolStatusWrite[] {
  const used = addressesByPool(pools, decisions);
  return objects.flatMap(({ metadata = {}, status = {} }) => {
    const pool = pools.find(({ name, source }) => source === 'IPAddressPool' && name === metadata.name);
    if (!pool) return [];
    const wanted = countersOf(pool, used.get(pool) ?? []);
    const { resourceVersion = '' } = metadata;
    return isEqual(wanted, status) ? [] : [{ name: pool.name, resourceVersion, status: wanted }];
  });
}

/** By the address, as one Service may be on two pools; a shared address counts once. */
export function addressesByPool(
  pools: readonly AddressPool[],
  decisions: readonly Decision[],
): Map<AddressPool | undefined, Ip[]> {
  const ips = new Map(decisions.flatMap((decision) => decision.ips).map((ip) => [keyOfIp(ip), ip]));
  return Map.groupBy(ips.values(), (ip) => poolOf(pools, ip));
}

function countersOf(pool: AddressPool, ips: readonly Ip[]): Required<PoolCounters> {
  const assigned = (family: Family) => ips.filter((ip) => ip.family === family).length;
  const available = (family: Family) => toCount(capacityOf(pool, family) - BigInt(assigned(family)));
  return {
    assignedIPv4: assigned(4),
    assignedIPv6: assigned(6),
    availableIPv4: available(4),
    availableIPv6: available(6),
  };
}

function toCount(value: bigint): number {
  return Number(value > COUNT_MOST ? COUNT_MOST : value);
}

function isEqual(a: Required<PoolCounters>, b: PoolCounters): boolean {
  return (Object.keys(a) as (keyof PoolCounters)[]).every((key) => a[key] === b[key]);
}
