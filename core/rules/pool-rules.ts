// What is wrong with pool configuration in the light of the cluster it is for (design 2.1): its Service network,
// its Nodes, and the Services that hold addresses now. The shape and the pools among themselves are core/config.ts's.
import { isAdvertised } from '#core/advertisement.ts';
import type { Config } from '#core/config.ts';
import { formatIp } from '#core/ip.ts';
import { CONFIG_MAP_NAME } from '#core/names.ts';
import type { Node } from '#core/node.ts';
import type { AddressPool, PoolRange } from '#core/pool.ts';
import type { ObjectId, SourcedProblem } from '#core/problem.ts';
import { formatRange, intersectRanges, isInRange, parseRange } from '#core/range.ts';
import { advertisementWarnings } from '#core/rules/advertisement-rules.ts';
import type { ServiceCidr } from '#core/service-cidr.ts';

export type ClusterFacts = {
  readonly nodes: readonly Node[];
  /** Every ServiceCIDR object of the cluster, by name. */
  readonly serviceCidrs: readonly ServiceCidr[];
};

export type ConfigVerdict = {
  readonly problems: readonly SourcedProblem[];
  readonly warnings: readonly SourcedProblem[];
};

/** At most so many Nodes, Services or pools are named in one sentence. */
const NAMED_MOST = 5;

const LINK_LOCAL = ['169.254.0.0/16', 'fe80::/10'].map((text) => {
  const parsed = parseRange(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.value.range;
});

export function clusterProblems(config: Config, facts: ClusterFacts): ConfigVerdict {
  const ranges = config.pools.flatMap((pool) => pool.ranges.map((range) => ({ object: objectOf(pool), ...range })));
  return {
    problems: ranges.flatMap((range) => serviceCidrProblems(range, facts)),
    warnings: [
      ...ranges.flatMap((range) => [...nodeWarnings(range, facts), ...linkLocalWarnings(range)]),
      ...config.pools
        .filter((pool) => pool.source === 'IPAddressPool')
        .flatMap((pool) => unadvertisedWarning(pool, config)),
      ...config.advertisements.flatMap((advertisement) => advertisementWarnings(advertisement, config, facts)),
    ],
  };
}

/** The object that a pool stands in. */
export function objectOf(pool: AddressPool): ObjectId {
  return { kind: pool.source, name: pool.source === 'ConfigMap' ? CONFIG_MAP_NAME : pool.name };
}

/** `a, b, c, d, e and 3 more`. */
export function nameSome(names: readonly string[]): string {
  const rest = names.length - NAMED_MOST;
  return names.slice(0, NAMED_MOST).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

type PlacedRange = PoolRange & { readonly object: ObjectId };

function serviceCidrProblems({ object, path, range }: PlacedRange, { serviceCidrs }: ClusterFacts): SourcedProblem[] {
  return serviceCidrs.flatMap((cidr) => {
    const shared = intersectRanges(cidr.range, range);
    if (!shared) return [];
    const message = `${formatRange(shared)} belongs to the cluster's own Services (ServiceCIDR "${cidr.name}")`;
    return [{ object, path, message }];
  });
}

function nodeWarnings({ object, path, range }: PlacedRange, { nodes }: ClusterFacts): SourcedProblem[] {
  const inside = nodes.flatMap(({ name, ips }) => {
    return ips.filter((ip) => isInRange(range, ip)).map((ip) => `${formatIp(ip)} (${name})`);
  });
  const pods = nodes.filter(({ podCidrs }) => podCidrs.some((cidr) => intersectRanges(cidr, range)));
  const warnings: SourcedProblem[] = [];
  if (inside.length > 0) {
    warnings.push({
      object,
      path,
      message: `contains Node addresses, which are never handed out: ${nameSome(inside)}`,
    });
  }
  if (pods.length > 0) {
    warnings.push({ object, path, message: `overlaps the Pod network of ${nameSome(pods.map(({ name }) => name))}` });
  }
  return warnings;
}

function linkLocalWarnings({ object, path, range }: PlacedRange): SourcedProblem[] {
  const shared = LINK_LOCAL.map((special) => intersectRanges(special, range)).find((found) => found !== undefined);
  return shared
    ? [{ object, path, message: `${formatRange(shared)} is link-local: clients beyond the link cannot reach it` }]
    : [];
}

function unadvertisedWarning(pool: AddressPool, { advertisements }: Config): SourcedProblem[] {
  if (advertisements.some((advertisement) => isAdvertised(advertisement, pool))) return [];
  const message = 'no L2Advertisement selects this pool: its addresses are allocated, not announced';
  return [{ object: objectOf(pool), path: 'metadata.name', message, evidence: { configuration: true } }];
}
