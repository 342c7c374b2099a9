// The real election over what simulated nodes believe: who would announce which address.
import assert from 'node:assert/strict';
import { parseNode } from '#core/node.ts';
import { parseRange } from '#core/range.ts';
import { parseService } from '#core/service.ts';
import { planAddresses, type World } from '#speaker/plan.ts';
import type { Simulator } from '#test/speaker/heartbeat/simulator.ts';

const POOL = '10.0.0.0/24';

/** Addresses that have not exactly one owner among `side`, one sentence each. */
export function ownerProblems(simulator: Simulator, side: readonly string[], addresses: number): string[] {
  const announcers = new Map<string, string[]>();
  const owners = new Map<string, ReadonlyMap<string, string>>();
  for (const name of side) {
    const speakers = [...simulator.live(name), name].sort();
    const view = speakers.join();
    const plan = owners.get(view) ?? elect(speakers, addresses);
    owners.set(view, plan);
    for (const [ip, owner] of plan) if (owner === name) announcers.set(ip, [...(announcers.get(ip) ?? []), name]);
  }
  return ipsOf(addresses)
    .map((ip) => ({ ip, by: announcers.get(ip) ?? [] }))
    .filter(({ by }) => by.length !== 1)
    .map(({ ip, by }) => `${ip} is announced by ${by.length === 0 ? 'nobody' : by.join(' and ')}`);
}

/** Owner by address; the same whoever looks. */
function elect(speakers: readonly string[], addresses: number): Map<string, string> {
  const plans = planAddresses(worldOf(speakers, addresses));
  return new Map(plans.map(({ text, owner }) => [text, owner ?? '']));
}

function worldOf(speakers: readonly string[], addresses: number): World {
  const read = parseRange(POOL);
  assert.ok(read.ok);
  const ranges = [{ range: read.value.range, path: 'spec.addresses[0]' }];
  const none = {
    pools: [],
    poolSelectors: [],
    nodeSelectors: [],
    interfaces: [],
    serviceSelectors: [],
    preferences: [],
  };
  const services = ipsOf(addresses).map((ip) =>
    parseService({
      metadata: { namespace: 'default', name: ip },
      spec: { type: 'LoadBalancer' },
      status: { loadBalancer: { ingress: [{ ip }] } },
    }),
  );
  return {
    self: speakers[0] ?? '',
    services,
    config: {
      pools: [{ name: 'p', source: 'IPAddressPool', labels: {}, ranges, autoAssign: true, avoidBuggyIps: false }],
      advertisements: [{ name: 'all', ...none }],
    },
    nodes: new Map(speakers.map((name) => [name, parseNode({ metadata: { name } })])),
    speakers: new Set(speakers),
    servingNodes: new Map(services.map(({ key }) => [key, new Set(speakers)])),
  };
}

function ipsOf(addresses: number): string[] {
  return Array.from({ length: addresses }, (_, i) => `10.0.0.${i}`);
}
