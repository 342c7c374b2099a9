import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Config, parseConfig } from '#core/config.ts';
import type { IPAddressPoolObject, L2AdvertisementObject } from '#core/custom-resources.ts';
import { type Node, type NodeObject, parseCidrs, parseNode } from '#core/node.ts';
import { formatProblem } from '#core/problem.ts';
import { describeStranded, findStranded } from '#core/rules/in-use.ts';
import { clusterProblems } from '#core/rules/pool-rules.ts';
import { service } from './builders.ts';

const POOL: IPAddressPoolObject = { metadata: { name: 'a' }, spec: { addresses: ['10.0.0.0/24', '10.1.0.0/24'] } };

function node(name: string, ip: string, podCIDR: string): Node {
  const object: NodeObject = {
    metadata: { name },
    spec: { podCIDRs: [podCIDR] },
    status: { addresses: [{ type: 'InternalIP', address: ip }] },
  };
  return parseNode(object);
}

function configOf(
  pools: IPAddressPoolObject[],
  advertisements: L2AdvertisementObject[] = [{ metadata: { name: 'all' } }],
): Config {
  const { config, problems } = parseConfig({ pools, advertisements });
  assert.deepEqual(problems, []);
  return config;
}

function judge(config: Config, { nodes = [], cidrs = [] }: { nodes?: Node[]; cidrs?: string[] } = {}): string[] {
  const serviceCidrs = parseCidrs(cidrs).map((range) => ({ name: 'kubernetes', range }));
  const { problems, warnings } = clusterProblems(config, { nodes, serviceCidrs });
  return [...problems.map(formatProblem), ...warnings.map((warning) => `warning ${formatProblem(warning)}`)];
}

const CASES: [string, string[], string[]][] = [
  [
    'a pool apart from everything',
    judge(configOf([POOL]), { nodes: [node('n1', '192.168.1.11', '10.244.0.0/24')], cidrs: ['10.96.0.0/16'] }),
    [],
  ],
  [
    'a range that meets the Service network',
    judge(configOf([POOL]), { cidrs: ['10.1.0.128/25'] }),
    ['spec.addresses[1]: 10.1.0.128-10.1.0.255 belongs to the cluster\'s own Services (ServiceCIDR "kubernetes")'],
  ],
  [
    'a range that contains Nodes',
    judge(configOf([POOL]), {
      nodes: [node('n1', '10.0.0.11', '10.244.0.0/24'), node('n2', '10.0.0.12', '10.244.1.0/24')],
    }),
    ['warning spec.addresses[0]: contains Node addresses, which are never handed out: 10.0.0.11 (n1), 10.0.0.12 (n2)'],
  ],
  [
    'a range that meets a Pod network',
    judge(configOf([POOL]), { nodes: [node('n1', '192.168.1.11', '10.1.0.0/28')] }),
    ['warning spec.addresses[1]: overlaps the Pod network of n1'],
  ],
  [
    'a link-local range',
    judge(configOf([{ metadata: { name: 'a' }, spec: { addresses: ['169.254.1.0/24'] } }])),
    ['warning spec.addresses[0]: 169.254.1.0-169.254.1.255 is link-local: clients beyond the link cannot reach it'],
  ],
  [
    'a pool that nothing advertises',
    judge(configOf([POOL], [])),
    ['warning metadata.name: no L2Advertisement selects this pool: its addresses are allocated, not announced'],
  ],
  [
    'an advertisement of a pool that does not exist',
    judge(
      configOf(
        [{ ...POOL, metadata: { name: 'default' } }],
        [{ metadata: { name: 'x' }, spec: { ipAddressPools: ['default', 'defualts'] } }],
      ),
    ),
    ['warning spec.ipAddressPools[1]: no pool "defualts" exists, did you mean "default"'],
  ],
];

for (const [what, seen, wanted] of CASES) {
  test(`clusterProblems judges ${what}`, () => assert.deepEqual(seen, wanted));
}

function stranded(before: Config, after: Config, services = HOLDERS): string[] {
  return describeStranded(findStranded(before, after, { services, namespaces: new Map() }));
}

const HOLDERS = [service('web', { held: ['10.0.0.9'] }), service('db', { held: ['10.1.0.9'] })];

test('a pool that loses a range strands who is on it', () => {
  const after = configOf([{ metadata: { name: 'a' }, spec: { addresses: ['10.0.0.0/24'] } }]);
  assert.deepEqual(stranded(configOf([POOL]), after), ['pool "a" still serves default/db (10.1.0.9)']);
});

test('a pool that closes to a namespace strands its Services', () => {
  const after = configOf([{ ...POOL, spec: { ...POOL.spec, serviceAllocation: { namespaces: ['other'] } } }]);
  assert.deepEqual(stranded(configOf([POOL]), after), [
    'pool "a" still serves default/db (10.1.0.9), default/web (10.0.0.9)',
  ]);
});

test('a pool renamed, split or moved to the other form strands nobody', () => {
  const split = ['10.0.0.0/24', '10.1.0.0/24'].map((range, i) => ({
    metadata: { name: `b${i}` },
    spec: { addresses: [range] },
  }));
  assert.deepEqual(stranded(configOf([POOL]), configOf(split)), []);
});

test('a Service that was in no pool before is stranded by nobody', () => {
  assert.deepEqual(stranded(configOf([]), configOf([])), []);
});

test('the sentence names five Services and counts the rest', () => {
  const many = Array.from({ length: 8 }, (_, i) => service(`s${i}`, { held: [`10.0.0.${i}`] }));
  assert.deepEqual(stranded(configOf([POOL]), configOf([]), many), [
    'pool "a" still serves default/s0 (10.0.0.0), default/s1 (10.0.0.1), default/s2 (10.0.0.2), default/s3 (10.0.0.3), default/s4 (10.0.0.4) and 3 more Services',
  ]);
});
