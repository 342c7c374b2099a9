// From caches to the world that the allocator decides on.
import { type AddressConflict, type AddressConflictObject, parseConflict } from '#core/conflict.ts';
import { type Namespace, type Node, parseNamespace, parseNode } from '#core/node.ts';
import { parseService, type Service, type ServiceObject } from '#core/service.ts';
import { type Cache, type CacheOptions, openCache } from '#platform/cache.ts';
import type { WireObject } from '#platform/store.ts';
import type { AllocationWorld } from './allocate.ts';
import { allocationWorld, type WorldOptions } from './world.ts';

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

/** Arpeggio is being removed: pools go before the programs do, and Services are to keep what they hold. */
export function isEnding({ namespaces }: Pick<Caches, 'namespaces'>, namespace: string): boolean {
  return namespaces.get(namespace)?.isTerminating ?? false;
}

export function gather(caches: Caches, options: WorldOptions): AllocationWorld {
  const { services, namespaces, nodes } = caches;
  const view = { services: services.values(), namespaces: namespaces.values(), nodes: nodes.values() };
  return allocationWorld({ ...view, conflicts: conflictsOf(caches) }, options);
}

export function conflictsOf({ conflicts }: Caches): AddressConflict[] {
  return conflicts.values().filter((conflict) => conflict !== undefined);
}

export function conflictsPath(namespace: string): string {
  return `/apis/arpeggio.dev/v1alpha1/namespaces/${namespace}/addressconflicts`;
}
