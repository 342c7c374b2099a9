// What the speaker watches in the cluster, and how it becomes the world that a plan is made from.
import type { Config } from '#core/config.ts';
import { type AddressConflict, type AddressConflictObject, parseConflict } from '#core/conflict.ts';
import { formatIp } from '#core/ip.ts';
import { HEARTBEAT_SECRET_NAME } from '#core/names.ts';
import { type Node, parseNode } from '#core/node.ts';
import { isOurs, parseService, type Service, type ServiceObject } from '#core/service.ts';
import { type Cache, openCache } from '#platform/cache.ts';
import type { Cluster } from '#platform/cluster.ts';
import type { Log } from '#platform/log.ts';
import type { PeerAddress } from './heartbeat/protocol.ts';
import type { Standing } from './heartbeat/standing.ts';
import type { World } from './plan.ts';
import type { Holders } from './sticky.ts';
import {
  type DrainRule,
  type EndpointSliceObject,
  mergeSlices,
  mergeStandings,
  type PodObject,
  parseEndpointSlice,
  parseHeartbeatKey,
  parsePeer,
  type SecretObject,
  type ServingNodes,
} from './world.ts';

export type Caches = {
  readonly services: Cache<Service>;
  readonly slices: Cache<ServingNodes>;
  readonly nodes: Cache<Node>;
  readonly peers: Cache<PeerAddress | undefined>;
  readonly keys: Cache<Uint8Array | undefined>;
  readonly conflicts: Cache<AddressConflict | undefined>;
};

export type CachesOptions = {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly onChange: () => void;
  readonly signal: AbortSignal;
  readonly log: Log;
};

export type Situation = DrainRule & {
  readonly self: string;
  readonly loadBalancerClass: string | undefined;
  readonly config: Config;
  readonly speakers: ReadonlySet<string>;
  /** What each live speaker tells of its node, this one included. */
  readonly told: ReadonlyMap<string, Standing | undefined>;
  readonly isFenced: boolean;
  readonly holders?: Holders | undefined;
};

export function openCaches({ namespace, ...shared }: CachesOptions): Caches {
  const inNamespace = `/api/v1/namespaces/${namespace}`;
  return {
    services: openCache({
      ...shared,
      path: '/api/v1/services',
      fieldSelector: 'spec.type=LoadBalancer',
      parse: (object: ServiceObject) => parseService(object),
    }),
    slices: openCache({
      ...shared,
      path: '/apis/discovery.k8s.io/v1/endpointslices',
      parse: (object: EndpointSliceObject) => parseEndpointSlice(object),
    }),
    nodes: openCache({ ...shared, path: '/api/v1/nodes', parse: parseNode }),
    peers: openCache({
      ...shared,
      path: `${inNamespace}/pods`,
      // MetalLB's Helm chart gives its speakers the same component.
      labelSelector: 'app.kubernetes.io/name=arpeggio,app.kubernetes.io/component=speaker',
      parse: (object: PodObject) => parsePeer(object),
    }),
    keys: openCache({
      ...shared,
      path: `${inNamespace}/secrets`,
      fieldSelector: `metadata.name=${HEARTBEAT_SECRET_NAME}`,
      parse: (object: SecretObject) => parseHeartbeatKey(object),
    }),
    conflicts: openCache({
      ...shared,
      path: `/apis/arpeggio.dev/v1alpha1/namespaces/${namespace}/addressconflicts`,
      parse: (object: AddressConflictObject) => parseConflict(object),
    }),
  };
}

export function areSynced(caches: Caches): boolean {
  return Object.values(caches).every((cache: Cache<unknown>) => cache.isSynced());
}

export function gatherPeers(caches: Caches): PeerAddress[] {
  return caches.peers.values().filter((peer) => peer !== undefined);
}

export function gatherKey(caches: Caches): Uint8Array | undefined {
  return caches.keys.values().find((key) => key !== undefined);
}

/** A stranger had it before anybody announced it, as far as is known. */
export function isDisputed({ conflicts }: Caches, text: string, now: number): boolean {
  return conflicts
    .values()
    .some((one) => one !== undefined && !one.announced && one.expires > now && formatIp(one.ip) === text);
}

export function gatherWorld(caches: Caches, situation: Situation): World {
  const { self, loadBalancerClass, config, speakers, told, isFenced, holders } = situation;
  const nodes = new Map(caches.nodes.values().map((node) => [node.name, node]));
  return {
    self,
    config,
    speakers,
    isFenced,
    holders,
    services: caches.services.values().filter((service) => isOurs(service, loadBalancerClass)),
    nodes,
    standings: mergeStandings(told, nodes, situation),
    servingNodes: mergeSlices(caches.slices.values()),
  };
}
