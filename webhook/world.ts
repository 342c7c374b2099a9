// The world as a review sees it: snapshots of the watch caches, with only the fields that the rules read.
import type { Registry } from 'prom-client';
import { type Namespace, type Node, parseNamespace, parseNode } from '#core/node.ts';
import type { ReviewSettings, ReviewWorld } from '#core/rules/review.ts';
import { parseService, type Service, type ServiceObject } from '#core/service.ts';
import { type Cache, openCache } from '#platform/cache.ts';
import type { Cluster } from '#platform/cluster.ts';
import { openConfigSource } from '#platform/config-source.ts';
import { openEventRecorder } from '#platform/events.ts';
import type { Log } from '#platform/log.ts';
import { openWorker } from '#platform/worker.ts';
import { openServiceCidrs, type ServiceCidrs } from './service-cidrs.ts';

export type WorldOptions = {
  readonly cluster: Cluster;
  readonly settings: ReviewSettings;
  readonly log: Log;
  readonly metrics: Registry;
  readonly signal: AbortSignal;
  /** Called once, when every cache holds its first list. */
  readonly onSynced: () => void;
  /** Called at every event of a Service, with a look at the cache. */
  readonly onServiceChange: (service: (key: string) => Service | undefined) => void;
};

export type World = {
  snapshot(): ReviewWorld;
  /** True once every cache holds its first list. */
  isSynced(): boolean;
};

export function openWorld(options: WorldOptions): World {
  const { cluster, settings, log, metrics, signal } = options;
  const isSynced = () => config.isSynced() && Object.values(caches).every((cache) => cache.isSynced());
  let announced = false;
  const onChange = () => {
    if (announced || !isSynced()) return;
    announced = true;
    options.onSynced();
  };
  // Read at once, so that a configuration gone wrong is said without waiting for a review.
  const configWorker = openWorker(() => void config.current(), { signal, log });
  const config = openConfigSource({
    ...options,
    namespace: settings.namespace,
    recordEvent: openEventRecorder(cluster, { program: 'webhook', log, metrics }),
    onChange: () => {
      configWorker.markDirty();
      onChange();
    },
  });
  const caches = openCaches(options, onChange);
  const namespaceLabels = remember(caches.namespaces, (namespaces) => {
    return new Map(namespaces.map(({ name, labels }) => [name, labels]));
  });
  const nodeIps = remember(caches.nodes, (nodes) => nodes.flatMap(({ ips }) => ips));

  return {
    snapshot: () => ({
      settings,
      sources: config.sources(),
      config: config.current(),
      services: caches.services.values(),
      namespaces: namespaceLabels(),
      isTerminating: caches.namespaces.get(settings.namespace)?.isTerminating ?? false,
      nodeIps: nodeIps(),
      facts: { nodes: caches.nodes.values(), serviceCidrs: caches.serviceCidrs.values() },
    }),
    isSynced,
  };
}

type Caches = {
  readonly services: Cache<Service>;
  readonly namespaces: Cache<Namespace>;
  readonly nodes: Cache<Node>;
  readonly serviceCidrs: ServiceCidrs;
};

function openCaches(options: WorldOptions, onChange: () => void): Caches {
  const { cluster, log, signal } = options;
  const shared = { cluster, log, signal, onChange };
  return {
    services: openServices(options, onChange),
    namespaces: openCache({
      ...shared,
      path: '/api/v1/namespaces',
      parse: parseNamespace,
    }),
    nodes: openCache({ ...shared, path: '/api/v1/nodes', parse: parseNode }),
    serviceCidrs: openServiceCidrs(shared),
  };
}

function openServices({ cluster, log, signal, onServiceChange }: WorldOptions, onChange: () => void): Cache<Service> {
  const services = openCache({
    ...{ cluster, log, signal, path: '/api/v1/services' },
    parse: (object: ServiceObject) => parseService(object),
    onChange: () => {
      onServiceChange(services.get);
      onChange();
    },
  });
  return services;
}

/** A cache hands out the same array until something in it changes. */
function remember<T, R>(cache: Cache<T>, derive: (values: T[]) => R): () => R {
  let seen: T[] | undefined;
  let derived: R | undefined;
  return () => {
    const values = cache.values();
    if (seen !== values || derived === undefined) derived = derive(values);
    seen = values;
    return derived;
  };
}
