// Pool configuration under review: the whole is read as it would be after the write.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatProblem } from '#core/problem.ts';
import { type ReviewWorld, review } from '#core/rules/review.ts';
import type { ReviewRequest } from '#core/rules/review-request.ts';
import { advertisement, configMap, pool, requestOf, world } from './builders.ts';

type Case = { name: string; request: ReviewRequest; world?: ReviewWorld; denied?: RegExp[]; warned?: RegExp[] };

const VERBATIM = `address-pools:
- name: default
  protocol: layer2
  addresses:
  # comments like this one are common in the field
  - 192.168.1.240-192.168.1.250
`;
const MISSPELT = VERBATIM.replace('addresses:', 'adresses:');
const A = pool('a', ['10.0.0.0/24']);

function poolsText(...pools: [string, string][]): string {
  return [
    'address-pools:',
    ...pools.map(([name, range]) => `- {name: ${name}, protocol: layer2, addresses: [${range}]}`),
  ].join('\n');
}

const cases: Case[] = [
  {
    name: 'the ConfigMap as the field has it is allowed',
    request: requestOf('CREATE', { object: configMap(VERBATIM) }),
  },
  {
    name: 'a misspelt key is denied with its line, column and the right word',
    request: requestOf('CREATE', { object: configMap(MISSPELT) }),
    denied: [/^data\.config:4:3: unknown key "adresses" in address-pools\[0\], did you mean "addresses"$/],
  },
  {
    name: 'a pool that overlaps one of the cluster is denied with the exact range and its owner',
    request: requestOf('CREATE', { object: pool('b', ['10.0.0.128-10.0.1.5']) }),
    world: world({ pools: [A] }),
    denied: [/^spec\.addresses\[0\]: 10\.0\.0\.128-10\.0\.0\.255 is already in pool "a" \(spec\.addresses\[0\]\)$/],
  },
  {
    name: 'a pool does not overlap its own old version',
    request: requestOf('UPDATE', { object: pool('a', ['10.0.0.0/25']), oldObject: A }),
    world: world({ pools: [A] }),
  },
  {
    name: 'the ConfigMap that overlaps a pool is denied, though it is read first',
    request: requestOf('CREATE', { object: configMap(poolsText(['c', '10.0.0.9/32'])) }),
    world: world({ pools: [A] }),
    denied: [/^address-pools\[0\]\.addresses\[0\]: 10\.0\.0\.9 is already in pool "a"/],
  },
  {
    name: 'a pool equal to one of the ConfigMap takes its place with a warning',
    request: requestOf('CREATE', { object: pool('c', ['10.0.0.0/24']) }),
    world: world({ configMap: configMap(poolsText(['c', '10.0.0.0/24'])) }),
    warned: [/replaces the equal pool of ConfigMap "config"/],
  },
  {
    name: 'faults of other objects do not stand in the way',
    request: requestOf('CREATE', { object: pool('b', ['10.1.0.0/24']) }),
    world: world({ pools: [A, pool('broken', ['nonsense'])] }),
  },
  {
    name: 'a ConfigMap with two faults may lose one of them, wherever the other moves to',
    request: requestOf('UPDATE', {
      object: configMap(poolsText(['new', '10.3.0.0/24'], ['first', '10.0.0.0/33'])),
      oldObject: configMap(poolsText(['first', '10.0.0.0/33'], ['second', '10.0.0.9-10.0.0.1'])),
    }),
    warned: [/^address-pools\[1\]\.addresses\[0\]: "10\.0\.0\.0\/33" is neither/],
  },
  {
    name: 'a faulty ConfigMap may not get a further fault',
    request: requestOf('UPDATE', {
      object: configMap(poolsText(['first', '10.0.0.0/33'], ['second', '10.0.0.9-10.0.0.1'])),
      oldObject: configMap(poolsText(['first', '10.0.0.0/33'])),
    }),
    denied: [/^address-pools\[1\]\.addresses\[0\]: "10\.0\.0\.9-10\.0\.0\.1" is reversed/],
    warned: [/^address-pools\[0\]\.addresses\[0\]/],
  },
  {
    name: 'a pool in a foreign namespace from before may still be edited',
    request: requestOf('UPDATE', {
      object: pool('a', ['10.0.0.0/25'], { namespace: 'other' }),
      oldObject: pool('a', ['10.0.0.0/24'], { namespace: 'other' }),
    }),
    warned: [/"other" is not read/],
  },
  {
    name: 'a pool inside the network of the cluster Services is denied and the ServiceCIDR named',
    request: requestOf('CREATE', { object: pool('b', ['10.96.255.0-10.97.0.5']) }),
    world: world({ serviceCidrs: { kubernetes: '10.96.0.0/16' } }),
    denied: [/^spec\.addresses\[0\]: 10\.96\.255\.0-10\.96\.255\.255 belongs to .*ServiceCIDR "kubernetes"/],
  },
  {
    name: 'a pool from before the ServiceCIDR may still be edited',
    request: requestOf('UPDATE', {
      object: pool('a', ['10.0.0.0/24'], { labels: { team: 'x' } }),
      oldObject: A,
    }),
    world: world({ pools: [A], serviceCidrs: { late: '10.0.0.0/16' } }),
    warned: [/belongs to .*ServiceCIDR "late"/],
  },
  {
    name: 'a pool that contains the address of a Node is allowed with a warning',
    request: requestOf('CREATE', { object: A }),
    world: world({ nodes: { node1: '10.0.0.7' } }),
    warned: [/^spec\.addresses\[0\]: contains Node addresses, which are never handed out: 10\.0\.0\.7 \(node1\)$/],
  },
  {
    name: 'a pool that no advertisement selects is allowed with a warning',
    request: requestOf('CREATE', { object: A }),
    world: world({ advertisements: [] }),
    warned: [/^metadata\.name: no L2Advertisement selects this pool/],
  },
  {
    name: 'an advertisement of a pool that does not exist is allowed with a warning',
    request: requestOf('CREATE', { object: advertisement('all', { ipAddressPools: ['aa'] }) }),
    world: world({ pools: [pool('aaa', ['10.0.0.0/24'])] }),
    warned: [/^spec\.ipAddressPools\[0\]: no pool "aa" exists, did you mean "aaa"$/],
  },
  {
    name: 'an advertisement is allowed',
    request: requestOf('CREATE', { object: advertisement('all', { ipAddressPools: ['a'] }) }),
    world: world({ pools: [A] }),
  },
  {
    name: 'an advertisement with a bad selector is denied',
    request: requestOf('CREATE', {
      object: advertisement('all', {
        nodeSelectors: [{ matchExpressions: [{ key: 'zone', operator: 'Is', values: ['a'] }] }],
      }),
    }),
    denied: [/^spec\.nodeSelectors\[0\]\.matchExpressions\[0\]\.operator: "Is" is unknown/],
  },
];

describe('review of pool configuration', () => {
  for (const { name, request, world: given = world(), denied = [], warned = [] } of cases) {
    test(name, () => {
      const { problems, warnings } = review(request, given);
      assertLines(problems.map(formatProblem), denied);
      assertLines(warnings.map(formatProblem), warned);
    });
  }
});

function assertLines(lines: string[], patterns: RegExp[]): void {
  assert.equal(lines.length, patterns.length, lines.join('\n'));
  for (const [i, pattern] of patterns.entries()) assert.match(lines[i] ?? '', pattern);
}
