import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { type ConfigMapObject, parseConfig } from '#core/config.ts';
import type { IPAddressPoolObject } from '#core/custom-resources.ts';
import { formatProblem, type ObjectId } from '#core/problem.ts';
import { formatRange } from '#core/range.ts';

const SAMPLES = new URL('../../manifests/samples/', import.meta.url);

function read(text: string, pools: IPAddressPoolObject[] = [], reviewed?: ObjectId) {
  return parseConfig({ configMap: { data: { config: text } }, pools, advertisements: [] }, reviewed);
}

function pool(name: string, ...addresses: string[]): IPAddressPoolObject {
  return { metadata: { name }, spec: { addresses } };
}

const layer2 = (name: string, ...addresses: string[]) =>
  `- name: ${name}\n  protocol: layer2\n  addresses: [${addresses.map((range) => `"${range}"`).join(', ')}]\n`;

test('the document of the README is read verbatim: one pool, announced by every node', () => {
  const configMap = parse(readFileSync(new URL('configmap.yaml', SAMPLES), 'utf8')) as ConfigMapObject;
  const { config, problems, warnings } = parseConfig({ configMap, pools: [], advertisements: [] });
  assert.deepEqual([problems, warnings], [[], []]);
  assert.equal(config.pools.length, 1);
  assert.deepEqual(
    config.pools[0]?.ranges.map(({ range }) => formatRange(range)),
    ['192.168.1.240-192.168.1.250'],
  );
  assert.deepEqual(
    config.advertisements.map(({ name, pools }) => [name, pools]),
    [['config/default', ['default']]],
  );
});

test('no ConfigMap, an empty one and an empty text are a valid configuration without pools', () => {
  for (const configMap of [undefined, {}, { data: {} }, { data: { config: '' } }, { data: { config: '{}' } }]) {
    const { config, problems } = parseConfig({ ...(configMap ? { configMap } : {}), pools: [], advertisements: [] });
    assert.deepEqual([config.pools, problems], [[], []]);
  }
});

test('a number or boolean where text is wanted is read as written', () => {
  const { config, problems } = read(`address-pools:\n${layer2('y', '10.0.0.0/30')}${layer2('010', '10.0.1.0/30')}`);
  assert.deepEqual([problems, config.pools.map(({ name }) => name)], [[], ['010', 'y']]);
});

test('a ConfigMap with another key in place of "config" is refused, not read as empty', () => {
  const { problems } = parseConfig({ configMap: { data: { 'config.yaml': 'x' } }, pools: [], advertisements: [] });
  assert.deepEqual(problems.map(formatProblem), ['data: has no key "config" (present: "config.yaml")']);
});

test('keys that are equal as text end no program', () => {
  const { problems } = read('bgp-communities:\n  1: [x]\n  "1": 2\n');
  assert.ok(problems.length > 0);
});

test('an alias bomb is refused', () => {
  const grow = (name: string, of: string) => `${name}: &${name} [${Array(9).fill(`*${of}`).join(', ')}]`;
  const { problems } = read(['a: &a [1]', grow('b', 'a'), grow('c', 'b'), grow('d', 'c')].join('\n'));
  assert.match(problems.map(formatProblem).join(), /^data\.config:1:1: not YAML: Excessive alias count/);
});

test('two thousand equal ranges make one sentence each', () => {
  const { problems } = read(`address-pools:\n${layer2('a', ...Array<string>(2_000).fill('10.0.0.0/30'))}`);
  assert.equal(problems.length, 1_999);
});

test('yes and no are booleans, as in the YAML 1.1 that MetalLB reads', () => {
  const { config } = read(`address-pools:\n${layer2('a', '10.0.0.0/30')}  auto-assign: no\n  avoid-buggy-ips: yes\n`);
  assert.deepEqual(
    config.pools.map(({ autoAssign, avoidBuggyIps }) => [autoAssign, avoidBuggyIps]),
    [[false, true]],
  );
});

const FAULTS: [string, string, string[]][] = [
  [
    'a tab where YAML wants spaces',
    'address-pools:\n\t- name: a',
    ['data.config:2:1: not YAML: Tabs are not allowed as indentation'],
  ],
  [
    'an unknown key',
    'address-pools:\n- name: a\n  protocol: layer2\n  adresses: [10.0.0.0/30]\n',
    ['data.config:4:3: unknown key "adresses" in address-pools[0], did you mean "addresses"'],
  ],
  [
    'an unknown key at the top',
    'address-pool: []\n',
    ['data.config:1:1: unknown key "address-pool", did you mean "address-pools"'],
  ],
  ['a duplicate key', 'peers: []\npeers: []\n', ['data.config:2:1: duplicate key, wanted each key once']],
  [
    'a wrong type',
    'address-pools:\n- name: [5]\n',
    ['data.config:2:9: address-pools[0].name is a list, wanted string'],
  ],
  [
    'an alias without an anchor',
    'peers: *zz',
    ['data.config:1:1: not YAML: Unresolved alias (the anchor must be set before the alias): zz'],
  ],
  ['a merge of a scalar', '<<: 5', ['data.config:1:1: not YAML: Merge sources must be maps or map aliases']],
  [
    'a list that holds itself',
    'address-pools: &a [*a]',
    ['data.config:1:20: address-pools[0] is a list, wanted object'],
  ],
  ['a text instead of a document', 'hello', ['data.config:1:1: the document is "hello", wanted object']],
  [
    'a pool without anything',
    'address-pools:\n- {}\n',
    [
      'address-pools[0].addresses: pool has no addresses, wanted at least one range',
      'address-pools[0].name: missing pool name',
      'address-pools[0].protocol: address pool is missing the protocol field, wanted "layer2"',
    ],
  ],
  [
    'an unknown protocol',
    'address-pools:\n- {name: a, protocol: ospf, addresses: [10.0.0.0/30]}\n',
    ['address-pools[0].protocol: unknown protocol "ospf", wanted "layer2"'],
  ],
  [
    'BGP',
    'address-pools:\n- {name: a, protocol: bgp, addresses: [10.0.0.0/30]}\n',
    ['address-pools[0].protocol: "bgp" is not supported yet, wanted "layer2"'],
  ],
  [
    'a duplicate pool',
    `address-pools:\n${layer2('a', '10.0.0.0/30')}${layer2('a', '10.0.1.0/30')}`,
    ['address-pools[1].name: duplicate definition of pool "a"'],
  ],
  [
    'a bad range',
    `address-pools:\n${layer2('a', '10.0.0.0/33')}`,
    ['address-pools[0].addresses[0]: "10.0.0.0/33" is neither a CIDR nor a first-last range'],
  ],
  [
    'a multicast range',
    `address-pools:\n${layer2('a', '224.0.0.0/24')}`,
    ['address-pools[0].addresses[0]: "224.0.0.0/24" includes multicast addresses (224.0.0.0-239.255.255.255)'],
  ],
  [
    'an overlap inside one pool',
    `address-pools:\n${layer2('a', '10.0.0.0/28', '10.0.0.8-10.0.0.20')}`,
    ['address-pools[0].addresses[1]: 10.0.0.8-10.0.0.15 is already in pool "a" (address-pools[0].addresses[0])'],
  ],
];

for (const [what, text, wanted] of FAULTS) {
  test(`the ConfigMap is refused for ${what}`, () => {
    const { problems } = read(text);
    assert.deepEqual(problems.map(formatProblem).sort(), wanted);
    assert.ok(problems.every(({ object }) => object.kind === 'ConfigMap'));
  });
}

test('an overlap across the two forms is laid to the reviewed object', () => {
  const text = `address-pools:\n${layer2('a', '10.0.0.0/28')}`;
  const crd = pool('b', '10.0.0.8/29');
  const [later] = read(text, [crd]).problems;
  assert.deepEqual(later?.object, { kind: 'IPAddressPool', name: 'b' });
  assert.equal(
    later && formatProblem(later),
    'spec.addresses[0]: 10.0.0.8-10.0.0.15 is already in pool "a" (address-pools[0].addresses[0])',
  );
  const [first] = read(text, [crd], { kind: 'ConfigMap', name: 'config' }).problems;
  assert.equal(
    first && formatProblem(first),
    'address-pools[0].addresses[0]: 10.0.0.8-10.0.0.15 is already in pool "b" (spec.addresses[0])',
  );
});

test('a CRD pool equal in name and ranges replaces the pool of the ConfigMap, with a warning', () => {
  const { config, problems, warnings } = read(`address-pools:\n${layer2('a', '10.0.0.0/28')}`, [
    pool('a', '10.0.0.0-10.0.0.15'),
  ]);
  assert.deepEqual(problems, []);
  assert.deepEqual(
    config.pools.map(({ source }) => source),
    ['IPAddressPool'],
  );
  assert.deepEqual(config.advertisements, []);
  assert.match(warnings[0]?.message ?? '', /replaces the equal pool of ConfigMap "config"/);
});

test('a CRD pool of the same name with other ranges is a duplicate', () => {
  const { problems } = read(`address-pools:\n${layer2('a', '10.0.0.0/28')}`, [pool('a', '10.0.1.0/28')]);
  assert.deepEqual(problems.map(formatProblem), ['metadata.name: duplicate definition of pool "a"']);
});

test('BGP settings beside layer2 pools are ignored with a warning', () => {
  const { problems, warnings } = read(
    `peers:\n- {my-asn: 64500, peer-asn: 64501, peer-address: 10.0.0.1}\naddress-pools:\n${layer2('a', '10.0.0.0/30')}`,
  );
  assert.deepEqual(problems, []);
  assert.deepEqual(warnings.map(formatProblem), ['peers: is ignored: BGP is not supported yet']);
});

test('a selector is refused for every fault at once', () => {
  const faulty: IPAddressPoolObject = {
    metadata: { name: 'a' },
    spec: {
      addresses: ['10.0.0.0/30'],
      serviceAllocation: {
        namespaces: ['x', 'x'],
        namespaceSelectors: [{ matchExpressions: [{ key: 'a b', operator: 'Is' }] }],
      },
    },
  };
  const { problems } = parseConfig({ pools: [faulty], advertisements: [] });
  assert.deepEqual(problems.map(formatProblem), [
    'spec.serviceAllocation.namespaces[1]: "x" stands twice',
    'spec.serviceAllocation.namespaceSelectors[0].matchExpressions[0].key: "a b" is not a label key',
    'spec.serviceAllocation.namespaceSelectors[0].matchExpressions[0].operator: "Is" is unknown, wanted one of In, NotIn, Exists, DoesNotExist',
  ]);
});
