// Live reads for one review, all within one second: the API server waits for a Service's review two seconds at most.
import type { ConfigMapObject } from '#core/config.ts';
import type { IPAddressPoolObject } from '#core/custom-resources.ts';
import { CONFIG_MAP_NAME } from '#core/names.ts';
import { type NamespaceObject, parseNamespace } from '#core/node.ts';
import { parseService, type ServiceObject } from '#core/service.ts';
import { type Cluster, getObject } from '#platform/cluster.ts';
import { listObjects } from '#platform/list.ts';
import type { LiveReader } from './confirm.ts';

const READ_MOST_MS = 1_000;

/** `namespace` is where pool configuration lives. */
export function openLiveReader(cluster: Cluster, namespace: string): LiveReader {
  const signal = AbortSignal.timeout(READ_MOST_MS);
  return {
    async service(key) {
      const [inNamespace, name] = key.split('/');
      const object = await getObject<ServiceObject>(
        cluster,
        `/api/v1/namespaces/${inNamespace}/services/${name}`,
        signal,
      );
      return object && parseService(object);
    },
    async pools() {
      const [configMap, { items }] = await Promise.all([
        getObject<ConfigMapObject>(cluster, `/api/v1/namespaces/${namespace}/configmaps/${CONFIG_MAP_NAME}`, signal),
        listObjects<IPAddressPoolObject>(cluster, `/apis/metallb.io/v1beta1/namespaces/${namespace}/ipaddresspools`, {
          signal,
        }),
      ]);
      return { ...(configMap ? { configMap } : {}), pools: items };
    },
    async namespace(name) {
      const object = await getObject<NamespaceObject>(cluster, `/api/v1/namespaces/${name}`, signal);
      return object && parseNamespace(object);
    },
  };
}
