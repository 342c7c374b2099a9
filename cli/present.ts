// All that the command line reads of a cluster, once through the API with the caller's own rights.
import { type ConfigMapObject, type ConfigSources, parseConfig } from '#core/config.ts';
import type { AddressConflictObject } from '#core/conflict.ts';
import type { IPAddressPoolObject, L2AdvertisementObject } from '#core/custom-resources.ts';
import { METALLB_REGISTRATION, type RegistrationObject } from '#core/metallb.ts';
import { CONFIG_MAP_NAME, CONTROLLER_LEASE_NAME, WEBHOOK_CONFIGURATION_NAME } from '#core/names.ts';
import { type NamespaceObject, type NodeObject, parseNamespace, parseNode } from '#core/node.ts';
import type { ReviewSettings } from '#core/rules/review.ts';
import { parseService, type ServiceObject } from '#core/service.ts';
import { parseServiceCidr, type ServiceCidrObject } from '#core/service-cidr.ts';
import { ApiError, type Cluster, getObject } from '#platform/cluster.ts';
import type { LeaseObject } from '#platform/lease-decision.ts';
import { listObjects } from '#platform/list.ts';
import type { EndpointSliceObject } from '#speaker/world.ts';
import type { WireObject } from './documents.ts';
import { forbidden } from './failure.ts';
import { conflictsPath, statusesPath } from './paths.ts';
import type { PodObject } from './programs.ts';
import type { Present } from './validate.ts';
import type { Bystanders, Part, StatusObject, WireCluster } from './wire-cluster.ts';

const REGISTRATIONS_PATH = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
const KUBE_PROXY_PATH = '/api/v1/namespaces/kube-system/configmaps/kube-proxy';

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
  const [services, spaces, nodeObjects, sources, cidrs] = await Promise.all([
    list<ServiceObject>(cluster, '/api/v1/services'),
    list<NamespaceObject>(cluster, '/api/v1/namespaces'),
    list<NodeObject>(cluster, '/api/v1/nodes'),
    readSources(cluster, namespace),
    list<ServiceCidrObject>(cluster, '/apis/networking.k8s.io/v1/servicecidrs'),
  ]);
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
    ipaddresspools: sources.pools,
    l2advertisements: sources.advertisements,
    configmaps: sources.configMap ? [sources.configMap] : [],
  };
  const find: Present['find'] = (manifest) =>
    (objects[manifest.resource] as readonly WireObject[]).find(
      ({ metadata }) => metadata?.name === manifest.name && metadata?.namespace === manifest.namespace,
    );
  return { world, find };
}

/** `now` is in milliseconds since the epoch. */
export async function readCluster(cluster: Cluster, namespace: string, now: number): Promise<WireCluster> {
  const ours = `/api/v1/namespaces/${namespace}`;
  const unread: Part[] = [];
  const optional = async <T>(part: Part, read: Promise<T>, fallback: T): Promise<T> => {
    const skip = forbidden(fallback);
    return await read.catch((error: unknown) => {
      const skipped = skip(error);
      unread.push(part);
      return skipped;
    });
  };
  const [services, namespaces, nodes, slices, sources] = await Promise.all([
    list<ServiceObject>(cluster, '/api/v1/services'),
    list<NamespaceObject>(cluster, '/api/v1/namespaces'),
    list<NodeObject>(cluster, '/api/v1/nodes'),
    list<EndpointSliceObject>(cluster, '/apis/discovery.k8s.io/v1/endpointslices'),
    readSources(cluster, namespace),
  ]);
  const [pods, statuses, conflicts, heldLease, registration, metalLbRegistration, kubeProxy] = await Promise.all([
    optional('pods', list<PodObject>(cluster, `${ours}/pods`), []),
    optional('statuses', list<StatusObject>(cluster, statusesPath(namespace)), []),
    optional('conflicts', list<AddressConflictObject>(cluster, conflictsPath(namespace)), []),
    optional('lease', readLease(cluster, namespace), undefined),
    optional('registration', readRegistration(cluster, WEBHOOK_CONFIGURATION_NAME), undefined),
    optional('metallb-registration', readRegistration(cluster, METALLB_REGISTRATION), undefined),
    optional('kube-proxy', readKubeProxy(cluster), undefined),
  ]);
  const read = { services, namespaces, nodes, slices, sources, pods, statuses, conflicts, lease: heldLease };
  return { ...read, registration, metalLbRegistration, kubeProxy, namespace, now, unread };
}

/** Anew, but for what the caller could not read before. */
export async function readBystanders(
  cluster: Cluster,
  { namespace, unread, ...before }: Pick<WireCluster, 'namespace' | 'unread' | keyof Bystanders>,
): Promise<Bystanders> {
  const registrationOf = (name: string) => readRegistration(cluster, name);
  const [lease, registration, metalLbRegistration, kubeProxy] = await Promise.all([
    unread.includes('lease') ? before.lease : readLease(cluster, namespace),
    unread.includes('registration') ? before.registration : registrationOf(WEBHOOK_CONFIGURATION_NAME),
    unread.includes('metallb-registration') ? before.metalLbRegistration : registrationOf(METALLB_REGISTRATION),
    unread.includes('kube-proxy') ? before.kubeProxy : readKubeProxy(cluster),
  ]);
  return { lease, registration, metalLbRegistration, kubeProxy };
}

function readLease(cluster: Cluster, namespace: string): Promise<LeaseObject | undefined> {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${CONTROLLER_LEASE_NAME}`;
  return getObject<LeaseObject>(cluster, path);
}

function readRegistration(cluster: Cluster, name: string): Promise<RegistrationObject | undefined> {
  return getObject<RegistrationObject>(cluster, `${REGISTRATIONS_PATH}/${name}`);
}

function readKubeProxy(cluster: Cluster): Promise<ConfigMapObject | undefined> {
  return getObject<ConfigMapObject>(cluster, KUBE_PROXY_PATH);
}

export async function readSources(cluster: Cluster, namespace: string): Promise<ConfigSources> {
  const custom = `/apis/metallb.io/v1beta1/namespaces/${namespace}`;
  const [pools, advertisements, configMap] = await Promise.all([
    list<IPAddressPoolObject>(cluster, `${custom}/ipaddresspools`),
    list<L2AdvertisementObject>(cluster, `${custom}/l2advertisements`),
    getObject<ConfigMapObject>(cluster, `/api/v1/namespaces/${namespace}/configmaps/${CONFIG_MAP_NAME}`),
  ]);
  return { ...(configMap ? { configMap } : {}), pools, advertisements };
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
