// From caches to the world that the allocator decides on.
import type { Config } from '#core/config.ts';
import { type AddressConflict, type AddressConflictObject, parseConflict } from '#core/conflict.ts';
import type { Labels } from '#core/labels.ts';
import { type Namespace, type Node, parseNamespace, parseNode } from '#core/node.ts';
import { isOurs, parseService, type Service, type ServiceObject } from '#core/service.ts';
import { type Cache, type CacheOptions, openCache } from '#platform/cache.ts';
import type { WireObject } from '#platform/store.ts';
import type { AllocationWorld } from './allocate.ts';

export type Caches = {
  readonly services: Cache<Service>;
  readonly namespaces: Cache<Namespace>;
  readonly nodes: Cache<Node>;
  readonly conflicts: Cache<AddressConflict | undefined>;
};

type SharedOptions = Pick<CacheOptions<WireObject, unknown>, 'cluster' | 'log' | 'signal' | 'onChange'> & {
  /** Where our own objects live. */
  readonly namespace: string;
};

export function openCaches({ namespace, ...shared }: SharedOptions): Caches {
  return {
    services: openCache({
      ...shared,
      path: '/api/v1/services',
      parse: (object: ServiceObject) => parseService(object),
    }),
    namespaces: openCache({ ...shared, path: '/api/v1/namespaces', parse: parseNamespace }),
    nodes: openCache({ ...shared, path: '/api/v1/nodes', parse: parseNode }),
    conflicts: openCache({
      ...shared,
      path: conflictsPath(namespace),
      parse: (object: AddressConflictObject) => parseConflict(object),
    }),
  };
}

export function isSynced(caches: Caches): boolean {
  return Object.values(caches).every((cache) => cache.isSynced());
}

export type GatherOptions = {
  readonly config: Config;
  readonly loadBalancerClass: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
};

export function gather(caches: Caches, { config, loadBalancerClass, now }: GatherOptions): AllocationWorld {
  const namespaces = labelsByName(caches.namespaces.values());
  // Its namespace is still on its way, and with it another pass: until then no selector can judge the Service.
  const isSelecting = config.pools.some(({ pinning }) => pinning && pinning.namespaceSelectors.length > 0);
  const isClear = ({ namespace }: Service) => !isSelecting || namespaces.has(namespace);
  const isMine = (service: Service) => isOurs(service, loadBalancerClass) && isClear(service);
  return {
    config,
    services: caches.services.values().filter(isMine),
    others: caches.services.values().filter((service) => service.held.length > 0 && !isMine(service)),
    namespaces,
    nodeIps: caches.nodes.values().flatMap(({ ips }) => ips),
    conflicts: conflictsOf(caches).filter(({ expires }) => expires > now),
  };
}

const labels = new WeakMap<readonly Namespace[], ReadonlyMap<string, Labels>>();

/** The same map for the same list: `settledOn` asks for it. */
function labelsByName(namespaces: readonly Namespace[]): ReadonlyMap<string, Labels> {
  const known = labels.get(namespaces) ?? new Map(namespaces.map((one) => [one.name, one.labels]));
  labels.set(namespaces, known);
  return known;
}

export function conflictsOf({ conflicts }: Caches): AddressConflict[] {
  return conflicts.values().filter((conflict) => conflict !== undefined);
}

export function conflictsPath(namespace: string): string {
  return `/apis/arpeggio.dev/v1alpha1/namespaces/${namespace}/addressconflicts`;
}
