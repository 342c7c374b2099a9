// The cluster that files are held against: read once through the API with the caller's own rights, or none at all.
import { type ConfigMapObject, parseConfig } from '#core/config.ts';
import type { IPAddressPoolObject, L2AdvertisementObject } from '#core/custom-resources.ts';
import { CONFIG_MAP_NAME } from '#core/names.ts';
import { type NamespaceObject, type NodeObject, parseNamespace, parseNode } from '#core/node.ts';
import type { ReviewSettings } from '#core/rules/review.ts';
import { parseService, type ServiceObject } from '#core/service.ts';
import { parseServiceCidr, type ServiceCidrObject } from '#core/service-cidr.ts';
import { ApiError, type Cluster, getObject } from '#platform/cluster.ts';
import { listObjects } from '#platform/list.ts';
import type { WireObject } from './documents.ts';
import type { Present } from './validate.ts';

export function noCluster(settings: ReviewSettings): Present {
  return {
    world: {
      settings,
      sources: { pools: [], advertisements: [] },
      config: { pools: [], advertisements: [] },
      services: [],
      namespaces: new Map(),
      isTerminating: false,
      nodeIps: [],
      facts: { nodes: [], serviceCidrs: [] },
    },
    find: () => undefined,
  };
}

export async function readPresent(cluster: Cluster, settings: ReviewSettings): Promise<Present> {
  const { namespace } = settings;
  const custom = `/apis/metallb.io/v1beta1/namespaces/${namespace}`;
  const [services, spaces, nodeObjects, pools, advertisements, cidrs, configMap] = await Promise.all([
    list<ServiceObject>(cluster, '/api/v1/services'),
    list<NamespaceObject>(cluster, '/api/v1/namespaces'),
    list<NodeObject>(cluster, '/api/v1/nodes'),
    list<IPAddressPoolObject>(cluster, `${custom}/ipaddresspools`),
    list<L2AdvertisementObject>(cluster, `${custom}/l2advertisements`),
    list<ServiceCidrObject>(cluster, '/apis/networking.k8s.io/v1/servicecidrs'),
    getObject<ConfigMapObject>(cluster, `/api/v1/namespaces/${namespace}/configmaps/${CONFIG_MAP_NAME}`),
  ]);
  const sources = { ...(configMap ? { configMap } : {}), pools, advertisements };
  const namespaces = spaces.map(parseNamespace);
  const nodes = nodeObjects.map(parseNode);
  const world = {
    settings,
    sources,
    config: parseConfig(sources).config,
    services: services.map(parseService),
    namespaces: new Map(namespaces.map(({ name, labels }) => [name, labels])),
    isTerminating: namespaces.some(({ name, isTerminating }) => name === namespace && isTerminating),
    nodeIps: nodes.flatMap(({ ips }) => ips),
    facts: { nodes, serviceCidrs: cidrs.flatMap(parseServiceCidr) },
  };
  const objects = {
    services,
    ipaddresspools: pools,
    l2advertisements: advertisements,
    configmaps: configMap ? [configMap] : [],
  };
  const find: Present['find'] = (manifest) =>
    (objects[manifest.resource] as readonly WireObject[]).find(
      ({ metadata }) => metadata?.name === manifest.name && metadata?.namespace === manifest.namespace,
    );
  return { world, find };
}

/** Resources that this cluster does not serve have no objects. */
async function list<W>(cluster: Cluster, path: string): Promise<W[]> {
  try {
    return (await listObjects<W>(cluster, path)).items;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return [];
    throw error;
  }
}
