// In-use protection: the Services that a change of pool configuration would leave without a pool (design 2.1),
// or without anybody who announces them.
import { advertisementsFor, includesNode } from '#core/advertisement.ts';
import type { Config } from '#core/config.ts';
import { formatIp, type Ip } from '#core/ip.ts';
import type { Labels } from '#core/labels.ts';
import type { Node } from '#core/node.ts';
import { type AddressPool, isAdmitted, isBuggyIp, poolOf } from '#core/pool.ts';
import { isInRange } from '#core/range.ts';
import { nameSome } from '#core/rules/pool-rules.ts';
import type { Service } from '#core/service.ts';

/** What the pool takes away: the address itself, the Service's right to it, or its odd ends (avoid-buggy-ips). */
export type Loss = 'range' | 'access' | 'buggy';

/** An address a Service holds now and would lose. */
export type Stranded = { readonly service: Service; readonly ip: Ip; readonly pool: string; readonly loss: Loss };

export type Holders = { readonly services: readonly Service[]; readonly namespaces: ReadonlyMap<string, Labels> };

/** Judged on the merged configuration, so moving a pool from one form to the other strands nobody. */
export function findStranded(before: Config, after: Config, holders: Holders): Stranded[] {
  return holders.services.flatMap((service) =>
    service.held.flatMap((ip) => {
      const pool = servingPool(before, { service, ip }, holders);
      if (!pool || servingPool(after, { service, ip }, holders)) return [];
      return [{ service, ip, pool: pool.name, loss: lossOf(after, ip) }];
    }),
  );
}

/** Addresses that some Node announces now and that none would announce any more; stranded ones are another matter. */
export function findSilenced(before: Config, after: Config, holders: Holders & { nodes: readonly Node[] }): Stranded[] {
  return holders.services.flatMap((service) =>
    service.held.flatMap((ip) => {
      const pool = servingPool(before, { service, ip }, holders);
      const next = servingPool(after, { service, ip }, holders);
      if (!(pool && next && isAnnounced(before, pool, { service, ...holders }))) return [];
      return isAnnounced(after, next, { service, ...holders })
        ? []
        : [{ service, ip, pool: next.name, loss: 'range' as const }];
    }),
  );
}

/** One sentence for each pool: `pool "a" still serves default/web (10.0.0.9) and 41 more Services`. */
export function describeStranded(stranded: readonly Stranded[]): string[] {
  const pools = Map.groupBy(stranded, ({ pool }) => pool);
  return Array.from(pools, ([pool, holders]) => {
    const names = holders.map(({ service, ip }) => `${service.key} (${formatIp(ip)})`).sort();
    const text = nameSome(names);
    return `pool "${pool}" still serves ${names.length > 5 ? `${text} Services` : text}`;
  });
}

type Holding = { readonly service: Service; readonly ip: Ip };

function servingPool(config: Config, { service, ip }: Holding, { namespaces }: Holders): AddressPool | undefined {
  const pool = poolOf(config.pools, ip);
  const user = { ...service, namespaceLabels: namespaces.get(service.namespace) ?? {} };
  return pool && isAdmitted(pool, user) ? pool : undefined;
}

function lossOf({ pools }: Config, ip: Ip): Loss {
  if (poolOf(pools, ip)) return 'access';
  const isInside = pools.some(({ ranges }) => ranges.some(({ range }) => isInRange(range, ip)));
  return isInside && isBuggyIp(ip) ? 'buggy' : 'range';
}

type Audience = { readonly service: Service; readonly nodes: readonly Node[] };

/** Without any Node known, whoever comes may announce. */
function isAnnounced({ advertisements }: Config, pool: AddressPool, { service, nodes }: Audience): boolean {
  return advertisementsFor(advertisements, pool, service.labels).some(
    (advertisement) => nodes.length === 0 || nodes.some(({ labels }) => includesNode(advertisement, labels)),
  );
}
