// The cluster at one moment, parsed as the programs parse it: what every answer of the command line is made from. Pure.
import { parse } from 'yaml';
import { type ConfigMapObject, type ConfigSources, type ParsedConfig, parseConfig } from '#core/config.ts';
import { type AddressConflict, parseConflict } from '#core/conflict.ts';
import { parseL2Status, type ServiceL2Status } from '#core/l2-status.ts';
import { leftRegistration, livePods, type Obstacle, type RegistrationObject } from '#core/metallb.ts';
import { type Namespace, type Node, parseNamespace, parseNode } from '#core/node.ts';
import { parseService, type Service } from '#core/service.ts';
import type { LeaseObject } from '#platform/lease-decision.ts';
import { type EndpointSliceObject, mergeSlices, parseEndpointSlice } from '#speaker/world.ts';
import { type Pod, parsePod, type Settings, settingsOf } from './programs.ts';
import type { Part, StatusObject, WireCluster } from './wire-cluster.ts';

/** A node announces a Service; `since` is ISO 8601. */
export type Announcement = ServiceL2Status & { readonly since: string | undefined };

export type Snapshot = {
  readonly namespace: string;
  readonly now: number;
  readonly settings: Settings;
  readonly sources: ConfigSources;
  readonly configuration: ParsedConfig;
  readonly services: readonly Service[];
  readonly namespaces: readonly Namespace[];
  readonly nodes: ReadonlyMap<string, Node>;
  readonly servingNodes: ReadonlyMap<string, ReadonlySet<string>>;
  /** How many there are by Service, also those that cannot serve. */
  readonly endpoints: ReadonlyMap<string, number>;
  /** By Service. */
  readonly announcements: ReadonlyMap<string, readonly Announcement[]>;
  /** Those not expired. */
  readonly conflicts: readonly AddressConflict[];
  readonly pods: readonly Pod[];
  readonly lease: LeaseObject | undefined;
  readonly registration: RegistrationObject | undefined;
  /** What there is of a MetalLB. */
  readonly metalLb: { readonly live: readonly Obstacle[]; readonly left: readonly Obstacle[] };
  readonly kubeProxy: KubeProxy | undefined;
  readonly unread: ReadonlySet<Part>;
};

type KubeProxy = { readonly mode: string; readonly strictArp: boolean };

export function snapshotOf(wire: WireCluster): Snapshot {
  const { namespace, now, sources, lease, registration } = wire;
  const sight = { namespace, now, pods: wire.pods, registration: wire.metalLbRegistration };
  const pods = wire.pods.map(parsePod).filter((pod) => pod !== undefined);
  const conflicts = wire.conflicts.map(parseConflict).filter((conflict) => conflict !== undefined);
  return {
    ...{ namespace, now, sources, lease, registration, pods },
    metalLb: { live: livePods(sight), left: leftRegistration(sight) },
    settings: settingsOf(pods),
    configuration: parseConfig(sources),
    services: wire.services.map(parseService),
    namespaces: wire.namespaces.map(parseNamespace),
    nodes: new Map(wire.nodes.map(parseNode).map((node) => [node.name, node])),
    servingNodes: mergeSlices(wire.slices.map(parseEndpointSlice)),
    endpoints: countEndpoints(wire.slices),
    announcements: Map.groupBy(wire.statuses.map(parseAnnouncement), ({ service }) => service),
    conflicts: conflicts.filter(({ expires }) => expires > now),
    kubeProxy: parseKubeProxy(wire.kubeProxy),
    unread: new Set(wire.unread),
  };
}

function parseAnnouncement(object: StatusObject): Announcement {
  return { ...parseL2Status(object), since: object.metadata?.creationTimestamp };
}

function countEndpoints(slices: readonly EndpointSliceObject[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const slice of slices) {
    const { service } = parseEndpointSlice(slice);
    counts.set(service, (counts.get(service) ?? 0) + (slice.endpoints?.length ?? 0));
  }
  return counts;
}

/** Undefined where kube-proxy is not configured by a ConfigMap that can be read. */
function parseKubeProxy(object: ConfigMapObject | undefined): KubeProxy | undefined {
  const text = object?.data?.['config.conf'];
  if (text === undefined) return undefined;
  try {
    const { mode, ipvs } = parse(text) as { mode?: string; ipvs?: { strictARP?: boolean } | null };
    return { mode: mode ?? '', strictArp: ipvs?.strictARP === true };
  } catch {
    return undefined;
  }
}
