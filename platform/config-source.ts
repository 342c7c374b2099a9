// The configuration as it stands now, from the ConfigMap and the CRDs: the last good one when a change broke it.
import { Gauge, type Registry } from 'prom-client';
import { type Config, type ConfigMapObject, type ConfigSources, parseConfig } from '#core/config.ts';
import type { IPAddressPoolObject, L2AdvertisementObject } from '#core/custom-resources.ts';
import { CONFIG_MAP_NAME } from '#core/names.ts';
import { formatProblem, type SourcedProblem } from '#core/problem.ts';
import { type Cache, openCache } from '#platform/cache.ts';
import type { Cluster } from '#platform/cluster.ts';
import type { EventRecorder, ObjectReference } from '#platform/events.ts';
import type { Log } from '#platform/log.ts';
import type { WireObject } from '#platform/store.ts';

export type ConfigSource = {
  /** The last configuration without a problem; undefined until the first one. */
  current(): Config | undefined;
  /** The objects as they are now, good or not. */
  sources(): ConfigSources;
  isSynced(): boolean;
  /** What a write to the status of a pool returned: nothing that a configuration is made of. */
  assumePool(object: WireObject, base: string): void;
};

export type ConfigSourceOptions = {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly log: Log;
  readonly metrics: Registry;
  readonly recordEvent: EventRecorder;
  readonly onChange: () => void;
  readonly signal: AbortSignal;
};

/** Rejected configuration is said once per change: a log line, two gauges, an Event on the object at fault. */
export function openConfigSource(options: ConfigSourceOptions): ConfigSource {
  const caches = openCaches(options, () => {
    stale = true;
    options.onChange();
  });
  const gauges = openGauges(options.metrics);
  let stale = true;
  let good: Config | undefined;
  let said = '';

  const isSynced = () => Object.values(caches).every((cache) => cache.isSynced());
  const sources = (): ConfigSources => {
    const configMap = caches.configMaps.get(`${options.namespace}/${CONFIG_MAP_NAME}`);
    return {
      ...(configMap ? { configMap } : {}),
      pools: caches.pools.values(),
      advertisements: caches.advertisements.values(),
    };
  };

  const refresh = () => {
    const { config, problems } = parseConfig(sources());
    gauges.stale.set(problems.length === 0 ? 0 : 1);
    if (problems.length === 0) {
      good = config;
      gauges.loaded.set(1);
    }
    const text = problems.map(formatProblem).join('; ');
    if (text !== said) report(options, problems, sources());
    said = text;
    stale = false;
  };

  return {
    current() {
      if (stale && isSynced()) refresh();
      return good;
    },
    sources,
    isSynced,
    assumePool: (object, base) => caches.pools.assume(object, base),
  };
}

type Caches = {
  configMaps: Cache<ConfigMapObject>;
  pools: Cache<IPAddressPoolObject>;
  advertisements: Cache<L2AdvertisementObject>;
};

function openCaches(options: ConfigSourceOptions, onChange: () => void): Caches {
  const { cluster, namespace, log, signal } = options;
  const shared = { cluster, log, signal, onChange };
  const custom = `/apis/metallb.io/v1beta1/namespaces/${namespace}`;
  return {
    configMaps: openCache({
      ...shared,
      path: `/api/v1/namespaces/${namespace}/configmaps`,
      fieldSelector: `metadata.name=${CONFIG_MAP_NAME}`,
      parse: (object: ConfigMapObject) => object,
    }),
    pools: openCache({ ...shared, path: `${custom}/ipaddresspools`, parse: (object: IPAddressPoolObject) => object }),
    advertisements: openCache({
      ...shared,
      path: `${custom}/l2advertisements`,
      parse: (object: L2AdvertisementObject) => object,
    }),
  };
}

function openGauges(metrics: Registry): { loaded: Gauge; stale: Gauge } {
  const registers = [metrics];
  return {
    loaded: new Gauge({
      name: 'metallb_k8s_client_config_loaded_bool',
      help: '1 if a configuration was loaded at least once',
      registers,
    }),
    stale: new Gauge({
      name: 'metallb_k8s_client_config_stale_bool',
      help: '1 if the configuration in the cluster is invalid and the last good one is in use',
      registers,
    }),
  };
}

function report(options: ConfigSourceOptions, problems: readonly SourcedProblem[], sources: ConfigSources): void {
  const { log, namespace, recordEvent } = options;
  if (problems.length === 0) {
    log.info({}, 'configuration is valid again');
    return;
  }
  const text = problems.map(formatProblem);
  log.warn({ reason: 'ConfigurationInvalid', problems: text }, 'configuration rejected, keeping the last good one');
  const message = `Keeping the last good configuration: ${text.join('; ')}`;
  for (const object of faultyObjects(problems, namespace, sources)) {
    recordEvent(object, { type: 'Warning', reason: 'ConfigurationInvalid', message });
  }
}

function faultyObjects(
  problems: readonly SourcedProblem[],
  namespace: string,
  sources: ConfigSources,
): ObjectReference[] {
  const references = problems.map(({ object: { kind, name } }): [string, ObjectReference] => {
    const apiVersion = kind === 'ConfigMap' ? 'v1' : 'metallb.io/v1beta1';
    const uid = kind === 'ConfigMap' ? sources.configMap?.metadata?.uid : undefined;
    return [`${kind}/${name}`, { apiVersion, kind, namespace, name, ...(uid === undefined ? {} : { uid }) }];
  });
  return [...new Map(references).values()];
}
