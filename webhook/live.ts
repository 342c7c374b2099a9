// Live reads for one review, all within one second: the API server waits for a Service's review two seconds at most.
import type { ConfigMapObject } from '#core/config.ts';
import type { IPAddressPoolObject, L2AdvertisementObject } from '#core/custom-resources.ts';
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
  const list = async <W>(resource: string) => {
    const path = `/apis/metallb.io/v1beta1/namespaces/${namespace}/${resource}`;
    return (await listObjects<W>(cluster, path, { signal })).items;
  };
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
    async configuration() {
      const [configMap, pools, advertisements] = await Promise.all([
        getObject<ConfigMapObject>(cluster, `/api/v1/namespaces/${namespace}/configmaps/${CONFIG_MAP_NAME}`, signal),
        list<IPAddressPoolObject>('ipaddresspools'),
        list<L2AdvertisementObject>('l2advertisements'),
      ]);
      return { ...(configMap ? { configMap } : {}), pools, advertisements };
    },
    async namespace(name) {
      const object = await getObject<NamespaceObject>(cluster, `/api/v1/namespaces/${name}`, signal);
      return object && parseNamespace(object);
    },
  };
}
