// A cluster in wire form for tests of the command line: two nodes, one pool, all programs well. Every field can be replaced.

import type { PodObject } from '#cli/programs.ts';
import { type Snapshot, snapshotOf } from '#cli/snapshot.ts';
import type { StatusObject, WireCluster } from '#cli/wire-cluster.ts';
import type { ServiceObject } from '#core/service.ts';
import { advertisement, NAMESPACE, pool, service } from '#test/webhook/builders.ts';

export const NOW = Date.parse('2026-11-25T12:00:00Z');
export const CLASS = 'example.com/ours';

type Env = { readonly [name: string]: string };

export function pod(program: string, node: string, { ready = true, env = {} }: { ready?: boolean; env?: Env } = {}) {
  return {
    metadata: {
      name: `${program}-${node}`,
      labels: { 'app.kubernetes.io/name': 'arpeggio', 'app.kubernetes.io/component': program },
    },
    spec: {
      nodeName: node,
      containers: [{ image: 'arpeggio:1', env: Object.entries(env).map(([name, value]) => ({ name, value })) }],
    },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      containerStatuses: [{ restartCount: 0 }],
    },
  } satisfies PodObject;
}

export function slice(key: string, nodes: readonly string[], ready = true) {
  const [namespace = '', name = ''] = key.split('/');
  const endpoints = nodes.map((nodeName) => ({ nodeName, conditions: { ready } }));
  return { metadata: { namespace, labels: { 'kubernetes.io/service-name': name } }, endpoints };
}

export function announcement(key: string, node: string, address: string): StatusObject {
  const [serviceNamespace = '', serviceName = ''] = key.split('/');
  return {
    metadata: {
      name: `l2-${serviceName}-${node}`,
      creationTimestamp: '2026-11-25T11:00:00Z',
      annotations: { 'arpeggio.dev/addresses': address },
    },
    status: { node, serviceName, serviceNamespace, interfaces: [] },
  };
}

type ServiceFields = Parameters<typeof service>[1];
export const wish = (name: string, fields: ServiceFields = {}) => service(name, fields) as ServiceObject;

export const node = (name: string, metadata: object = {}) => ({ metadata: { name, ...metadata } });

export const REGISTRATION = { webhooks: [{ clientConfig: { service: { namespace: NAMESPACE, name: 'webhook' } } }] };

/** default/web holds 10.0.0.1 of pool "a", and node2 announces it, which is first by rank. */
export function wire(changes: Partial<WireCluster> = {}): WireCluster {
  return {
    namespace: NAMESPACE,
    now: NOW,
    sources: { pools: [pool('a', ['10.0.0.1-10.0.0.4'])], advertisements: [advertisement('all')] },
    services: [wish('web', { held: '10.0.0.1' })],
    namespaces: [{ metadata: { name: 'default' } }],
    nodes: [node('node1'), node('node2')],
    slices: [slice('default/web', ['node1', 'node2']), slice(`${NAMESPACE}/webhook`, ['node1'])],
    statuses: [announcement('default/web', 'node2', '10.0.0.1')],
    conflicts: [],
    pods: [pod('webhook', 'node1'), pod('controller', 'node1'), pod('speaker', 'node1'), pod('speaker', 'node2')],
    lease: { spec: { holderIdentity: 'controller-node1', renewTime: new Date(NOW - 900).toISOString() } },
    registration: REGISTRATION,
    metalLbRegistration: undefined,
    kubeProxy: undefined,
    unread: [],
    ...changes,
  };
}

export const snapshot = (changes: Partial<WireCluster> = {}): Snapshot => snapshotOf(wire(changes));

/** A stranger is heard on the address of default/web. */
export function foreignClaim(announced: boolean, expires = NOW + 60_000) {
  const heard = { ip: '10.0.0.1', mac: '02:00:00:00:00:99', node: 'node2', interface: 'eth0', announced };
  return { spec: { ...heard, expires: new Date(expires).toISOString() } };
}
