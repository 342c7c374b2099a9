// The cluster's own Service networks: every ServiceCIDR object, where the API server has them (Kubernetes 1.33 and later).
import { parseServiceCidr, type ServiceCidr } from '#core/service-cidr.ts';
import { type Cache, openCache } from '#platform/cache.ts';
import { type Cluster, getObject } from '#platform/cluster.ts';
import type { Log } from '#platform/log.ts';
import { openWorker } from '#platform/worker.ts';

export type ServiceCidrs = {
  values(): readonly ServiceCidr[];
  /** Also true where there are none to read. */
  isSynced(): boolean;
};

export type ServiceCidrsOptions = {
  readonly cluster: Cluster;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly onChange: () => void;
};

type ResourceList = { readonly resources?: readonly { readonly name?: string }[] };

const GROUP = '/apis/networking.k8s.io/v1';
const RESOURCE = 'servicecidrs';

export function openServiceCidrs({ cluster, log, signal, onChange }: ServiceCidrsOptions): ServiceCidrs {
  let cache: Cache<ServiceCidr[]> | undefined;
  let isAbsent = false;
  const look = openWorker(
    async () => {
      const list = await getObject<ResourceList>(cluster, GROUP);
      isAbsent = !list?.resources?.some(({ name }) => name === RESOURCE);
      if (isAbsent) log.info({ resource: RESOURCE }, 'resource not served, pools are not compared with it');
      else cache = openCache({ cluster, log, signal, onChange, path: `${GROUP}/${RESOURCE}`, parse: parseServiceCidr });
      onChange();
    },
    { signal, log },
  );
  look.markDirty();
  return {
    values: () => cache?.values().flat() ?? [],
    isSynced: () => isAbsent || (cache?.isSynced() ?? false),
  };
}
