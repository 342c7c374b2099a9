// The world of plan tests: three nodes, one pool, Services made of what matters.
import assert from 'node:assert/strict';
import type { Advertisement } from '#core/advertisement.ts';
import { type Node, parseNode } from '#core/node.ts';
import type { AddressPool } from '#core/pool.ts';
import { parseRange } from '#core/range.ts';
import { parseService, type Service } from '#core/service.ts';
import type { Standing } from '#speaker/heartbeat/standing.ts';
import type { World } from '#speaker/plan.ts';

export function pool(name: string, text: string): AddressPool {
  const read = parseRange(text);
  assert.ok(read.ok);
  return {
    name,
    source: 'IPAddressPool',
    labels: {},
    ranges: [{ range: read.value.range, path: 'spec.addresses[0]' }],
    autoAssign: true,
    avoidBuggyIps: false,
  };
}

export function advertisement(changes: Partial<Advertisement> = {}): Advertisement {
  const none = {
    pools: [],
    poolSelectors: [],
    nodeSelectors: [],
    interfaces: [],
    serviceSelectors: [],
    preferences: [],
  };
  return { name: 'all', ...none, ...changes };
}

type Wanted = { ip?: string; local?: boolean; labels?: { [key: string]: string } };

export function service(name: string, { ip = '10.0.0.1', local = false, labels = {} }: Wanted = {}): Service {
  return parseService({
    metadata: { namespace: 'default', name, labels },
    spec: { type: 'LoadBalancer', externalTrafficPolicy: local ? 'Local' : 'Cluster' },
    status: { loadBalancer: { ingress: [{ ip }] } },
  });
}

export const node = (name: string, changes: Partial<Node> = {}): Node => ({
  ...parseNode({ metadata: { name } }),
  ...changes,
});

export const NODES = ['node-a', 'node-b', 'node-c'];
/** The order of NODES for 10.0.0.1 is b, a, c. */
export function world(changes: Partial<World> & { services: readonly Service[] }): World {
  return {
    self: 'node-b',
    config: { pools: [pool('p', '10.0.0.0/24'), pool('q', '2001:db8::/64')], advertisements: [advertisement()] },
    nodes: new Map(NODES.map((name) => [name, node(name)])),
    speakers: new Set(NODES),
    servingNodes: new Map(changes.services.map(({ key }) => [key, new Set(NODES)])),
    ...changes,
  };
}

export const select = (key: string, value: string) => [{ key, operator: 'In' as const, values: [value] }];
export const config = (...advertisements: Advertisement[]) => ({ pools: [pool('p', '10.0.0.0/24')], advertisements });
export const web = service('web');

type Told = Partial<Standing> & { readonly node: string };
export const standings = (...told: Told[]) =>
  new Map(told.map(({ node: name, ...said }) => [name, { draining: false, uplink: 'unknown' as const, ...said }]));
