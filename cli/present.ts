// All that the command line reads of a cluster, once through the API with the caller's own rights.
import { type ConfigMapObject, type ConfigSources, parseConfig } from '#core/config.ts';
import type { AddressConflictObject } from '#core/conflict.ts';
import type { IPAddressPoolObject, L2AdvertisementObject } from '#core/custom-resources.ts';
import { CONFIG_MAP_NAME, CONTROLLER_LEASE_NAME, WEBHOOK_CONFIGURATION_NAME } from '#core/names.ts';
import { type NamespaceObject, type NodeObject, parseNamespace, parseNode } from '#core/node.ts';
import type { ReviewSettings } from '#core/rules/review.ts';
import { parseService, type Service, type ServiceObject } from '#core/service.ts';
import { parseServiceCidr, type ServiceCidrObject } from '#core/service-cidr.ts';
import { ApiError, type Cluster, getObject, getText } from '#platform/cluster.ts';
import type { LeaseObject } from '#platform/lease-decision.ts';
import { listObjects } from '#platform/list.ts';
import type { EndpointSliceObject } from '#speaker/world.ts';
import type { WireObject } from './documents.ts';
import type { AnnouncedEvent } from './explain.ts';
import { type Pod, type PodObject, podsOf } from './programs.ts';
import type { Part, RegistrationObject, StatusObject, WireCluster } from './snapshot.ts';
import { parseTold, type Told } from './told.ts';
import type { Present } from './validate.ts';

const REGISTRATION_PATH = `/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${WEBHOOK_CONFIGURATION_NAME}`;
const METRICS_PORT = '7472';

type EventObject = {
  readonly message?: string;
  readonly lastTimestamp?: string;
  readonly involvedObject?: { readonly uid?: string };
};

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
  const lease = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${CONTROLLER_LEASE_NAME}`;
  const [pods, statuses, conflicts, heldLease, registration, kubeProxy] = await Promise.all([
    optional('pods', list<PodObject>(cluster, `${ours}/pods`), []),
    optional('statuses', list<StatusObject>(cluster, statusesPath(namespace)), []),
    optional(
      'conflicts',
      list<AddressConflictObject>(cluster, `/apis/arpeggio.dev/v1alpha1/namespaces/${namespace}/addressconflicts`),
      [],
    ),
    optional('lease', getObject<LeaseObject>(cluster, lease), undefined),
    optional('registration', getObject<RegistrationObject>(cluster, REGISTRATION_PATH), undefined),
    optional('kube-proxy', getObject<ConfigMapObject>(cluster, KUBE_PROXY_PATH), undefined),
  ]);
  const read = { services, namespaces, nodes, slices, sources, pods, statuses, conflicts, lease: heldLease };
  return { ...read, registration, kubeProxy, namespace, now, unread };
}

/** The latest time that a node began to announce the Service, while its Event is kept (an hour). */
export async function readLastAnnounced(
  cluster: Cluster,
  { namespace, name, uid }: Service,
): Promise<AnnouncedEvent | undefined> {
  const fields = { 'involvedObject.kind': 'Service', 'involvedObject.name': name, reason: 'nodeAssigned' };
  const fieldSelector = Object.entries(fields).map((pair) => pair.join('='));
  const query = new URLSearchParams({ fieldSelector: fieldSelector.join() });
  const read = listObjects<EventObject>(cluster, `/api/v1/namespaces/${namespace}/events`, { query });
  const { items } = await read.catch(forbidden({ items: [] }));
  const ours = items.filter(({ involvedObject }) => (involvedObject?.uid ?? uid) === uid);
  const dated = ours.map(({ message = '', lastTimestamp }) => ({ message, at: lastTimestamp ?? '' }));
  return dated.sort((a, b) => Number(a.at > b.at) - Number(a.at < b.at)).at(-1);
}

const METRICS_TIMEOUT_MS = 2_000;

/** By node; who does not answer, or may not be asked, is absent. */
export async function readTold(cluster: Cluster, namespace: string, pods: readonly Pod[]): Promise<Map<string, Told>> {
  const speakers = podsOf(pods, 'speaker').filter(({ isReady }) => isReady);
  const asked = speakers.map(async ({ name, node, env }): Promise<[string, Told]> => {
    const port = env.get('METRICS_PORT') ?? METRICS_PORT;
    const path = `/api/v1/namespaces/${namespace}/pods/${name}:${port}/proxy/metrics`;
    return [node, parseTold(await getText(cluster, path, AbortSignal.timeout(METRICS_TIMEOUT_MS)))];
  });
  const answers = await Promise.allSettled(asked);
  return new Map(answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : [])));
}

/** The fallback where the caller lacks the rights. */
function forbidden<T>(fallback: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof ApiError && error.status === 403) return fallback;
    throw error;
  };
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

export function statusesPath(namespace: string): string {
  return `/apis/metallb.io/v1beta1/namespaces/${namespace}/servicel2statuses`;
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
