// Why a node is no candidate for an address, as far as the cluster's objects tell: the speakers' rules one by one. Pure.
import { type Advertisement, advertisementsFor, includesNode } from '#core/advertisement.ts';
import type { Ip } from '#core/ip.ts';
import { EXCLUDE_NODE_LABEL } from '#core/names.ts';
import type { Node } from '#core/node.ts';
import { poolOf } from '#core/pool.ts';
import { nameSome } from '#core/rules/pool-rules.ts';
import type { Service } from '#core/service.ts';
import { isDraining } from '#speaker/world.ts';
import { speakersOf } from './announcing.ts';
import type { Snapshot } from './snapshot.ts';

/** The advertisements of an address that apply to the Service. */
export function advertisementsOf({ configuration }: Snapshot, service: Service, ip: Ip): Advertisement[] {
  const { pools, advertisements } = configuration.config;
  const pool = poolOf(pools, ip);
  return pool ? advertisementsFor(advertisements, pool, service.labels) : [];
}

/** `node1, node2 (has no ready speaker); node3 (drains)`; empty when nothing speaks against any node. */
export function passedOver(snapshot: Snapshot, service: Service, ip: Ip): string {
  const speakers = speakersOf(snapshot);
  const advertisements = advertisementsOf(snapshot, service, ip);
  const serving = snapshot.servingNodes.get(service.key) ?? new Set<string>();
  const isMissed = ({ name }: Node) => service.trafficPolicy === 'Local' && !serving.has(name);
  const rules: readonly [string, (node: Node) => boolean][] = [
    ['no ready speaker', ({ name }) => !speakers.has(name)],
    [`label ${EXCLUDE_NODE_LABEL}`, ({ labels }) => labels[EXCLUDE_NODE_LABEL] !== undefined],
    ['condition NetworkUnavailable', ({ networkUnavailable }) => networkUnavailable],
    ['selected by no L2Advertisement', ({ labels }) => !advertisements.some((one) => includesNode(one, labels))],
    ['no ready endpoint there, externalTrafficPolicy is Local', isMissed],
    ['drains', (node) => isDraining(node, snapshot.settings)],
  ];
  const nodes = [...snapshot.nodes.values()];
  const found = Map.groupBy(nodes, (node) => rules.find(([, speaksAgainst]) => speaksAgainst(node))?.[0]);
  found.delete(undefined);
  return Array.from(found, ([rule, ones]) => `${nameSome(ones.map(({ name }) => name))} (${rule})`).join('; ');
}
