// From what stands in the cluster to the world that the allocator decides on. Pure.
import type { Config } from '#core/config.ts';
import type { AddressConflict } from '#core/conflict.ts';
import type { Labels } from '#core/labels.ts';
import type { Namespace, Node } from '#core/node.ts';
import { isOurs, type Service } from '#core/service.ts';
import type { AllocationWorld } from './allocate.ts';

export type ClusterView = {
  readonly services: readonly Service[];
  readonly namespaces: readonly Namespace[];
  readonly nodes: readonly Node[];
  readonly conflicts: readonly AddressConflict[];
};

export type WorldOptions = {
  readonly config: Config;
  readonly loadBalancerClass: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
};

export function allocationWorld(view: ClusterView, { config, loadBalancerClass, now }: WorldOptions): AllocationWorld {
  const namespaces = labelsByName(view.namespaces);
  // Its namespace is still on its way, and with it another pass: until then no selector can judge the Service.
  const isSelecting = config.pools.some(({ pinning }) => pinning && pinning.namespaceSelectors.length > 0);
  const isClear = ({ namespace }: Service) => !isSelecting || namespaces.has(namespace);
  const isMine = (service: Service) => isOurs(service, loadBalancerClass) && isClear(service);
  return {
    config,
    services: view.services.filter(isMine),
    others: view.services.filter((service) => service.held.length > 0 && !isMine(service)),
    namespaces,
    nodeIps: view.nodes.flatMap(({ ips }) => ips),
    conflicts: view.conflicts.filter(({ expires }) => expires > now),
  };
}

const labels = new WeakMap<readonly Namespace[], ReadonlyMap<string, Labels>>();

/** The same map for the same list: `settledOn` asks for it. */
function labelsByName(namespaces: readonly Namespace[]): ReadonlyMap<string, Labels> {
  const known = labels.get(namespaces) ?? new Map(namespaces.map((one) => [one.name, one.labels]));
  labels.set(namespaces, known);
  return known;
}
