// The cluster as it is now: read once as every command reads it, then followed by watches with the caller's own rights.
import type { ConfigMapObject } from '#core/config.ts';
import type { AddressConflictObject } from '#core/conflict.ts';
import type { IPAddressPoolObject, L2AdvertisementObject } from '#core/custom-resources.ts';
import { CONFIG_MAP_NAME } from '#core/names.ts';
import type { NamespaceObject, NodeObject } from '#core/node.ts';
import type { ServiceObject } from '#core/service.ts';
import { openCache } from '#platform/cache.ts';
import type { Cluster } from '#platform/cluster.ts';
import type { Log } from '#platform/log.ts';
import type { WireObject } from '#platform/store.ts';
import type { EndpointSliceObject } from '#speaker/world.ts';
import { conflictsPath, statusesPath } from '../paths.ts';
import type { PodObject } from '../programs.ts';
import type { Bystanders, Part, StatusObject, WireCluster } from '../wire-cluster.ts';
import { type EventObject, parseEvent, type ToldEvent } from './timeline.ts';

export type Watches = {
  /** The part of the cluster that is watched. */
  watched(): Omit<WireCluster, 'now' | keyof Bystanders>;
  /** Undefined until they were read. */
  events(): ToldEvent[] | undefined;
};

export type WatchesOptions = {
  readonly cluster: Cluster;
  /** Stands until a watch has its first list, and for good where the caller may not read. */
  readonly first: WireCluster;
  readonly onChange: () => void;
  readonly signal: AbortSignal;
  readonly log: Log;
};

export function openWatches({ cluster, first, ...rest }: WatchesOptions): Watches {
  const { namespace, sources, unread } = first;
  const custom = `/apis/metallb.io/v1beta1/namespaces/${namespace}`;
  const follow = <W extends WireObject>(path: string, fieldSelector?: string) => {
    const selector = fieldSelector === undefined ? {} : { fieldSelector };
    return openCache<W, W>({ ...rest, ...selector, cluster, path, parse: (object) => object });
  };
  const from = <W extends WireObject>(path: string, before: readonly W[]) => {
    const cache = follow<W>(path);
    return () => (cache.isSynced() ? cache.values() : before);
  };
  const allowed = <W extends WireObject>(part: Part, path: string, before: readonly W[]) =>
    unread.includes(part) ? () => before : from(path, before);

  const services = from<ServiceObject>('/api/v1/services', first.services);
  const namespaces = from<NamespaceObject>('/api/v1/namespaces', first.namespaces);
  const nodes = from<NodeObject>('/api/v1/nodes', first.nodes);
  const slices = from<EndpointSliceObject>('/apis/discovery.k8s.io/v1/endpointslices', first.slices);
  const pools = from<IPAddressPoolObject>(`${custom}/ipaddresspools`, sources.pools);
  const advertisements = from<L2AdvertisementObject>(`${custom}/l2advertisements`, sources.advertisements);
  const pods = allowed<PodObject>('pods', `/api/v1/namespaces/${namespace}/pods`, first.pods);
  const statuses = allowed<StatusObject>('statuses', statusesPath(namespace), first.statuses);
  const conflicts = allowed<AddressConflictObject>('conflicts', conflictsPath(namespace), first.conflicts);
  const configMaps = follow<ConfigMapObject>(
    `/api/v1/namespaces/${namespace}/configmaps`,
    `metadata.name=${CONFIG_MAP_NAME}`,
  );
  const events = follow<EventObject>('/api/v1/events', 'involvedObject.kind=Service');

  const configMap = () => (configMaps.isSynced() ? configMaps.values()[0] : sources.configMap);
  return {
    watched: () => ({
      ...{ namespace, unread },
      ...{ services: services(), namespaces: namespaces(), nodes: nodes(), slices: slices() },
      ...{ pods: pods(), statuses: statuses(), conflicts: conflicts() },
      sources: sourcesOf(configMap(), { pools: pools(), advertisements: advertisements() }),
    }),
    events: () =>
      events.isSynced()
        ? events
            .values()
            .map(parseEvent)
            .filter((event) => event !== undefined)
        : undefined,
  };
}

function sourcesOf(configMap: ConfigMapObject | undefined, custom: Omit<WireCluster['sources'], 'configMap'>) {
  return configMap ? { ...custom, configMap } : custom;
}
