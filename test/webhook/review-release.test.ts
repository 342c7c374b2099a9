// In-use protection under review: what may not be taken away, what takes a word, what is only said.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatProblem } from '#core/problem.ts';
import { type ReviewWorld, review } from '#core/rules/review.ts';
import type { ReviewRequest } from '#core/rules/review-request.ts';
import { advertisement, configMap, NAMESPACE, pool, requestOf, service, world } from './builders.ts';

type Case = { name: string; request: ReviewRequest; world?: ReviewWorld; denied?: RegExp[]; warned?: RegExp[] };

const RELEASE = { annotations: { 'arpeggio.dev/allow-release': 'true' } };
const POOL = pool('a', ['10.0.0.0/24']);
const SMALLER = pool('a', ['10.0.0.0/29']);
const WEB = service('web', { held: '10.0.0.9' });
const IN_USE = world({ pools: [POOL], services: [WEB] });
const TEXT = 'address-pools:\n- {name: c, protocol: layer2, addresses: [10.1.0.0/24]}\n';
const IN_CONFIG_MAP = world({ configMap: configMap(TEXT), services: [service('web', { held: '10.1.0.9' })] });
const SENTENCE =
  /pool "a" still serves default\/web \(10\.0\.0\.9\); give these Services other addresses first, or set/;

function limited(serviceAllocation: object, name = 'a', addresses = ['10.0.0.0/24']) {
  const metadata = { name, namespace: NAMESPACE };
  return { kind: 'IPAddressPool', metadata, spec: { addresses, serviceAllocation } };
}

const cases: Case[] = [
  {
    name: 'a pool in use may not be deleted',
    request: requestOf('DELETE', { oldObject: POOL }),
    denied: [/^409 pool "a" still serves default\/web \(10\.0\.0\.9\); give these/],
  },
  {
    name: 'a pool in use may not lose the range',
    request: requestOf('UPDATE', { object: SMALLER, oldObject: POOL }),
    denied: [new RegExp(`^spec\\.addresses: ${SENTENCE.source}`)],
  },
  {
    name: 'a pool in use may not close to the namespace of its Services',
    request: requestOf('UPDATE', { object: limited({ namespaces: ['other'] }), oldObject: POOL }),
    denied: [new RegExp(`^spec\\.serviceAllocation: ${SENTENCE.source}`)],
  },
  {
    name: 'a pool in use may not start to leave out an address in use',
    request: requestOf('UPDATE', {
      object: { ...POOL, spec: { addresses: ['10.0.0.0/24'], avoidBuggyIPs: true } },
      oldObject: POOL,
    }),
    world: world({ pools: [POOL], services: [service('web', { held: '10.0.0.255' })] }),
    denied: [/^spec\.avoidBuggyIPs: pool "a" still serves default\/web \(10\.0\.0\.255\)/],
  },
  {
    name: 'a pool with an old fault that only admission judges may not lose the range either',
    request: requestOf('UPDATE', { object: SMALLER, oldObject: POOL }),
    world: world({ pools: [POOL], services: [WEB], serviceCidrs: { late: '10.0.0.0/29' } }),
    denied: [new RegExp(`^spec\\.addresses: ${SENTENCE.source}`)],
    warned: [/belongs to .*ServiceCIDR "late"/],
  },
  {
    name: 'a pool that stays out of force takes nothing away yet',
    request: requestOf('UPDATE', {
      object: pool('a', ['10.0.0.0/29', 'x']),
      oldObject: pool('a', ['10.0.0.0/24', 'x']),
    }),
    warned: [/^spec\.addresses\[1\]: "x" is neither/],
  },
  {
    name: 'a pool in a foreign namespace takes nothing away',
    request: requestOf('UPDATE', {
      object: pool('a', ['10.0.0.0/29'], { namespace: 'other' }),
      oldObject: pool('a', ['10.0.0.0/24'], { namespace: 'other' }),
    }),
    warned: [/"other" is not read/],
  },
  {
    name: 'a Service of another class holds nothing of ours',
    request: requestOf('DELETE', { oldObject: POOL }),
    world: world({
      pools: [POOL],
      services: [service('web', { spec: { loadBalancerClass: 'example.com/other' }, held: '10.0.0.9' })],
    }),
  },
  {
    name: 'with a class of our own only its Services hold a pool',
    request: requestOf('DELETE', { oldObject: POOL }),
    world: world({
      settings: { loadBalancerClass: 'arpeggio.dev/l2' },
      pools: [POOL],
      services: [WEB, service('own', { spec: { loadBalancerClass: 'arpeggio.dev/l2' }, held: '10.0.0.8' })],
    }),
    denied: [/^409 pool "a" still serves default\/own \(10\.0\.0\.8\); give these/],
  },
  {
    name: 'while no configuration came into force yet, what can be read of it counts',
    request: requestOf('DELETE', { oldObject: POOL }),
    world: {
      ...world({ pools: [POOL, pool('b', ['nonsense'])], services: [WEB] }),
      config: undefined,
    },
    denied: [/^409 pool "a" still serves default\/web/],
  },
  { name: 'a pool may grow', request: requestOf('UPDATE', { object: pool('a', ['10.0.0.0/23']), oldObject: POOL }) },
  {
    name: 'a pool without Services may be deleted',
    request: requestOf('DELETE', { oldObject: POOL }),
    world: world({ pools: [POOL] }),
  },
  {
    name: 'the annotation lets a deletion through',
    request: requestOf('DELETE', { oldObject: pool('a', ['10.0.0.0/24'], RELEASE) }),
    warned: [
      /^metadata\.annotations\[arpeggio\.dev\/allow-release\]: pool "a" still serves default\/web .*; they lose it$/,
    ],
  },
  {
    name: 'the annotation lets an update through when the new object has it',
    request: requestOf('UPDATE', { object: pool('a', ['10.0.0.0/29'], RELEASE), oldObject: POOL }),
    warned: [/they lose it$/],
  },
  {
    name: 'the annotation on the old object alone is not enough for an update',
    request: requestOf('UPDATE', { object: SMALLER, oldObject: pool('a', ['10.0.0.0/24'], RELEASE) }),
    denied: [SENTENCE],
  },
  {
    name: 'nothing stands in the way of a namespace that is being deleted',
    request: requestOf('DELETE', { oldObject: POOL }),
    world: { ...IN_USE, isTerminating: true },
  },
  {
    name: 'the ConfigMap in use may not be deleted',
    request: requestOf('DELETE', { oldObject: configMap(TEXT) }, { name: undefined }),
    world: IN_CONFIG_MAP,
    denied: [/^409 pool "c" still serves default\/web \(10\.1\.0\.9\); give these/],
  },
  {
    name: 'the ConfigMap may not lose a pool in use',
    request: requestOf('UPDATE', { object: configMap('address-pools: []'), oldObject: configMap(TEXT) }),
    world: IN_CONFIG_MAP,
    denied: [/^data\.config: pool "c" still serves default\/web \(10\.1\.0\.9\)/],
  },
  {
    name: 'the ConfigMap may go when equal pools stand as objects',
    request: requestOf('DELETE', { oldObject: configMap(TEXT) }),
    world: world({
      configMap: configMap(TEXT),
      pools: [pool('c', ['10.1.0.0/24'])],
      services: [service('web', { held: '10.1.0.9' })],
    }),
  },
  {
    name: 'a pool that takes the place of one in the ConfigMap may not shut its Services out',
    request: requestOf('CREATE', { object: limited({ namespaces: ['other'] }, 'c', ['10.1.0.0/24']) }),
    world: IN_CONFIG_MAP,
    denied: [/^spec\.serviceAllocation: pool "c" still serves default\/web/],
    warned: [/replaces the equal pool/],
  },
  {
    name: 'a deletion is not blamed for what another object lost by a fault of its own',
    request: requestOf('DELETE', { oldObject: pool('b', ['10.2.0.0/24']) }),
    world: {
      ...world({ pools: [pool('a', ['nonsense']), pool('b', ['10.2.0.0/24'])], services: [WEB] }),
      config: world({ pools: [POOL, pool('b', ['10.2.0.0/24'])] }).config,
    },
  },
  {
    name: 'a faulty ConfigMap is mended without losing what was served before the fault',
    request: requestOf('UPDATE', { object: configMap('address-pools: []'), oldObject: configMap('broken: [') }),
    world: { ...IN_CONFIG_MAP, sources: world({ configMap: configMap('broken: [') }).sources },
    denied: [/^data\.config: pool "c" still serves/],
  },
  {
    name: 'deleting the last advertisement of a pool in use is said',
    request: requestOf('DELETE', { oldObject: advertisement('all') }),
    warned: [
      /^metadata\.name: pool "a" still serves default\/web \(10\.0\.0\.9\), which no L2Advertisement would announce/,
    ],
  },
  {
    name: 'narrowing the last advertisement of a pool in use is said',
    request: requestOf('UPDATE', {
      object: advertisement('all', { serviceSelectors: [{ matchLabels: { tier: 'front' } }] }),
      oldObject: advertisement('all'),
    }),
    warned: [/^spec: pool "a" still serves default\/web \(10\.0\.0\.9\), which no L2Advertisement would announce/],
  },
  {
    name: 'deleting one of two advertisements is not worth a word',
    request: requestOf('DELETE', { oldObject: advertisement('all') }),
    world: world({ pools: [POOL], services: [WEB], advertisements: [advertisement('all'), advertisement('more')] }),
  },
];

describe('review of what is in use', () => {
  for (const { name, request, world: given = IN_USE, denied = [], warned = [] } of cases) {
    test(name, () => {
      const { problems, warnings, refusal } = review(request, given);
      const refused = refusal ? [`${refusal.code} ${refusal.message}`] : [];
      assertLines([...problems.map(formatProblem), ...refused], denied);
      assertLines(warnings.map(formatProblem), warned);
    });
  }
});

function assertLines(lines: string[], patterns: RegExp[]): void {
  assert.equal(lines.length, patterns.length, lines.join('\n'));
  for (const [i, pattern] of patterns.entries()) assert.match(lines[i] ?? '', pattern);
}
