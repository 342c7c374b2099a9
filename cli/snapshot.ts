// The cluster at one moment, parsed as the programs parse it: what every answer of the command line is made from. Pure.
import { parse } from 'yaml';
import { type ConfigMapObject, type ConfigSources, type ParsedConfig, parseConfig } from '#core/config.ts';
import { type AddressConflict, type AddressConflictObject, parseConflict } from '#core/conflict.ts';
import { parseL2Status, type ServiceL2Status, type ServiceL2StatusObject } from '#core/l2-status.ts';
import {
  type Namespace,
  type NamespaceObject,
  type Node,
  type NodeObject,
  parseNamespace,
  parseNode,
} from '#core/node.ts';
import { parseService, type Service, type ServiceObject } from '#core/service.ts';
import type { LeaseObject } from '#platform/lease-decision.ts';
import { type EndpointSliceObject, mergeSlices, parseEndpointSlice } from '#speaker/world.ts';
import { type Pod, type PodObject, parsePod, type Settings, settingsOf } from './programs.ts';

/** What a caller may lack the rights to read: answers then say less, and say so. */
export type Part = 'pods' | 'lease' | 'registration' | 'kube-proxy' | 'statuses' | 'conflicts';

export type StatusObject = ServiceL2StatusObject & { readonly metadata?: { readonly creationTimestamp?: string } };

export type RegistrationObject = {
  readonly webhooks?: readonly {
    readonly clientConfig?: { readonly service?: { readonly namespace?: string; readonly name?: string } };
  }[];
};

/** As the API server gave them. */
export type WireCluster = {
  /** Where our own objects live. */
  readonly namespace: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly sources: ConfigSources;
  readonly services: readonly ServiceObject[];
  readonly namespaces: readonly NamespaceObject[];
  readonly nodes: readonly NodeObject[];
  readonly slices: readonly EndpointSliceObject[];
  readonly statuses: readonly StatusObject[];
  readonly conflicts: readonly AddressConflictObject[];
  readonly pods: readonly PodObject[];
  readonly lease: LeaseObject | undefined;
  readonly registration: RegistrationObject | undefined;
  readonly kubeProxy: ConfigMapObject | undefined;
  readonly unread: readonly Part[];
};

/** A node announces a Service; `since` is ISO 8601. */
export type Announcement = ServiceL2Status & { readonly since: string | undefined };

export type Endpoints = { readonly total: number; readonly serving: number };

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
  /** By Service. */
  readonly endpoints: ReadonlyMap<string, Endpoints>;
  /** By Service. */
  readonly announcements: ReadonlyMap<string, readonly Announcement[]>;
  /** Those not expired. */
  readonly conflicts: readonly AddressConflict[];
  readonly pods: readonly Pod[];
  readonly lease: LeaseObject | undefined;
  readonly registration: RegistrationObject | undefined;
  readonly kubeProxy: KubeProxy | undefined;
  readonly unread: ReadonlySet<Part>;
};

export type KubeProxy = { readonly mode: string; readonly strictArp: boolean };

export function snapshotOf(wire: WireCluster): Snapshot {
  const { namespace, now, sources, lease, registration } = wire;
  const pods = wire.pods.map(parsePod).filter((pod) => pod !== undefined);
  const conflicts = wire.conflicts.map(parseConflict).filter((conflict) => conflict !== undefined);
  return {
    ...{ namespace, now, sources, lease, registration, pods },
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

function countEndpoints(slices: readonly EndpointSliceObject[]): Map<string, Endpoints> {
  const counts = new Map<string, Endpoints>();
  for (const slice of slices) {
    const { service } = parseEndpointSlice(slice);
    const { total, serving } = counts.get(service) ?? { total: 0, serving: 0 };
    const endpoints = slice.endpoints ?? [];
    const able = endpoints.filter((endpoint) => parseEndpointSlice({ ...slice, endpoints: [endpoint] }).hasServing);
    counts.set(service, { total: total + endpoints.length, serving: serving + able.length });
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
