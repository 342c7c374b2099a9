import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '#core/config.ts';
import type { IPAddressPoolObject } from '#core/custom-resources.ts';
import { parseIp } from '#core/ip.ts';
import { formatProblem } from '#core/problem.ts';
import { serviceProblems } from '#core/rules/service-rules.ts';
import type { Service } from '#core/service.ts';
import { service } from './builders.ts';

const IP = '10.0.0.9';
const KEY = 'metallb.universe.tf/allow-shared-ip';
const POOLS: IPAddressPoolObject[] = [
  { metadata: { name: 'open' }, spec: { addresses: ['10.0.0.0/24', 'fd00::/120'], avoidBuggyIPs: true } },
  { metadata: { name: 'shop' }, spec: { addresses: ['10.1.0.0/24'], serviceAllocation: { namespaces: ['shop'] } } },
];

function judge(judged: Service, others: Service[] = [], pools = POOLS): string[] {
  const { config, problems } = parseConfig({ pools, advertisements: [] });
  assert.deepEqual(problems, []);
  const node = parseIp('10.0.0.77');
  const verdict = serviceProblems(judged, {
    config,
    services: others,
    namespaces: new Map(),
    nodeIps: node ? [node] : [],
  });
  return [
    ...verdict.problems.map((problem) => `${problem.reason} ${formatProblem(problem)}`),
    ...verdict.warnings.map((warning) => `warning ${formatProblem(warning)}`),
  ];
}

const asks = (ip: string) => ({ spec: { loadBalancerIP: ip } });
const USABLE = 'this Service may use pool "open"';

const ALONE: [string, Service, string[]][] = [
  ['a Service that asks for nothing', service('web'), []],
  ['a free address of an open pool', service('web', asks(IP)), []],
  [
    'an address that is none',
    service('web', asks('10.0.0.x')),
    ['InvalidRequest spec.loadBalancerIP: "10.0.0.x" is not an IP address'],
  ],
  [
    'two addresses of one family',
    service('web', { annotations: { 'metallb.io/loadBalancerIPs': '10.0.0.1, 10.0.0.2' } }),
    [
      'InvalidRequest metadata.annotations[metallb.io/loadBalancerIPs]: "10.0.0.1, 10.0.0.2" has two addresses of one family, wanted one',
    ],
  ],
  [
    'field and annotation together',
    service('web', { ...asks(IP), annotations: { 'metallb.io/loadBalancerIPs': '10.0.0.2' } }),
    [
      'InvalidRequest metadata.annotations[metallb.io/loadBalancerIPs]: "10.0.0.2" stands beside spec.loadBalancerIP "10.0.0.9", wanted one of the two',
    ],
  ],
  [
    'a family the Service does not have',
    service('web', asks('fd00::1')),
    ['FamilyMismatch spec.loadBalancerIP: "fd00::1" is IPv6, wanted an address of spec.ipFamilies (IPv4)'],
  ],
  [
    'one address for RequireDualStack',
    service('web', { spec: { loadBalancerIP: IP, ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' } }),
    [
      'FamilyMismatch spec.loadBalancerIP: "10.0.0.9" is one address, wanted one of each family for ipFamilyPolicy RequireDualStack',
    ],
  ],
  [
    'an address in no pool',
    service('web', asks('192.0.2.1')),
    [`AddressNotInPool spec.loadBalancerIP: 192.0.2.1 is in no pool; ${USABLE}`],
  ],
  [
    'an address of a closed pool',
    service('web', asks('10.1.0.1')),
    [`PoolNotAllowed spec.loadBalancerIP: 10.1.0.1 is in pool "shop", which is closed to this Service; ${USABLE}`],
  ],
  ['the same address from the namespace the pool is for', service('shop/web', asks('10.1.0.1')), []],
  [
    'a buggy address',
    service('web', asks('10.0.0.255')),
    [
      'AddressNotInPool spec.loadBalancerIP: 10.0.0.255 ends in .0 or .255, which pool "open" leaves out (avoid-buggy-ips)',
    ],
  ],
  [
    'the address of a Node',
    service('web', asks('10.0.0.77')),
    ['AddressNotInPool spec.loadBalancerIP: 10.0.0.77 is the address of a Node and is never handed out'],
  ],
  [
    'an unknown pool',
    service('web', { annotations: { 'metallb.universe.tf/address-pool': 'opne' } }),
    [
      `PoolUnknown metadata.annotations[metallb.universe.tf/address-pool]: unknown pool "opne", did you mean "open"; ${USABLE}`,
    ],
  ],
  [
    'an address outside the named pool',
    service('shop/web', { ...asks(IP), annotations: { 'metallb.io/address-pool': 'shop' } }),
    ['AddressNotInPool spec.loadBalancerIP: 10.0.0.9 is in pool "open", not in "shop" as address-pool asks'],
  ],
  [
    'a sharing key without a request',
    service('web', { annotations: { [KEY]: 'k' } }),
    ['warning metadata.annotations: allow-shared-ip "k" without a requested address does not guarantee a shared one'],
  ],
];

for (const [what, judged, wanted] of ALONE) {
  test(`serviceProblems judges ${what}`, () => assert.deepEqual(judge(judged), wanted));
}

test('before any pool exists an out-of-pool request is only a warning', () => {
  assert.match(
    judge(service('web', asks(IP)), [], [])[0] ?? '',
    /^warning spec\.loadBalancerIP: 10\.0\.0\.9 is in no pool/,
  );
});

const holder = (shape: Parameters<typeof service>[1] = {}, key = 'first') => service(key, { held: [IP], ...shape });
const keyed = (key: string, more: { [name: string]: string } = {}) => ({ annotations: { [KEY]: key, ...more } });
const local = { spec: { externalTrafficPolicy: 'Local', selector: { app: 'a' } } };
const consent = (to: string) => ({ 'arpeggio.dev/share-with-namespaces': to });

const BESIDE: [string, Service, Service, string[]][] = [
  [
    'the same address without any key',
    holder(),
    service('web', asks(IP)),
    ['AddressInUse spec.loadBalancerIP: 10.0.0.9 is already used by default/first, which has no allow-shared-ip key'],
  ],
  [
    'no key against a key',
    holder(keyed('k')),
    service('web', asks(IP)),
    [
      'AddressInUse spec.loadBalancerIP: 10.0.0.9 is already used by default/first; to share it, set allow-shared-ip "k"',
    ],
  ],
  [
    'another key',
    holder(keyed('k')),
    service('web', { ...asks(IP), ...keyed('other') }),
    [
      'SharingMismatch spec.loadBalancerIP: 10.0.0.9 is already used by default/first, whose allow-shared-ip key is "k", not "other"',
    ],
  ],
  [
    'the same key and port',
    holder({ ...keyed('k'), ports: ['TCP/443'] }),
    service('web', { ...asks(IP), ...keyed('k'), ports: ['TCP/80', 'TCP/443'] }),
    ['PortInUse spec.ports[1]: TCP/443 on 10.0.0.9 is already used by default/first (port "p443")'],
  ],
  [
    'the same key, other ports',
    holder(keyed('k')),
    service('web', { ...asks(IP), ...keyed('k'), ports: ['TCP/81'] }),
    [],
  ],
  [
    'the same key and number, other protocol',
    holder(keyed('k')),
    service('web', { ...asks(IP), ...keyed('k'), ports: ['UDP/80'] }),
    [],
  ],
  [
    'another namespace without consent',
    holder(keyed('k')),
    service('shop/web', { ...asks(IP), ...keyed('k', consent('*')), ports: ['TCP/81'] }),
    [
      'SharingMismatch spec.loadBalancerIP: 10.0.0.9 is already used by default/first, which is in another namespace (wanted arpeggio.dev/share-with-namespaces on both Services)',
    ],
  ],
  [
    'another namespace with consent of both',
    holder(keyed('k', consent('a, shop'))),
    service('shop/web', { ...asks(IP), ...keyed('k', consent('default')), ports: ['TCP/81'] }),
    [],
  ],
  [
    'another traffic policy',
    holder({ ...keyed('k'), ...local }),
    service('web', { ...asks(IP), ...keyed('k'), ports: ['TCP/81'] }),
    [
      'SharingMismatch spec.loadBalancerIP: 10.0.0.9 is already used by default/first, whose externalTrafficPolicy is Local, not Cluster',
    ],
  ],
  [
    'Local with equal selectors',
    holder({ ...keyed('k'), ...local }),
    service('web', { ...keyed('k'), ports: ['TCP/81'], spec: { ...local.spec, loadBalancerIP: IP } }),
    [],
  ],
  [
    'Local with empty selectors',
    holder({ ...keyed('k'), spec: { externalTrafficPolicy: 'Local' } }),
    service('web', { ...keyed('k'), ports: ['TCP/81'], spec: { externalTrafficPolicy: 'Local', loadBalancerIP: IP } }),
    [
      'SharingMismatch spec.loadBalancerIP: 10.0.0.9 is already used by default/first, whose selector differs (wanted equal, non-empty selectors for externalTrafficPolicy Local)',
    ],
  ],
  [
    'an address it shares without having asked for it, after its own key went',
    holder(keyed('k')),
    service('web', { held: [IP], ports: ['TCP/81'] }),
    [
      'AddressInUse metadata.annotations: 10.0.0.9 is already used by default/first; to share it, set allow-shared-ip "k"',
    ],
  ],
  [
    'an address it shares without having asked for it, after its port changed to a taken one',
    holder(keyed('k')),
    service('web', { held: [IP], ...keyed('k') }),
    [
      'PortInUse spec.ports[0]: TCP/80 on 10.0.0.9 is already used by default/first (port "p80")',
      'warning metadata.annotations: allow-shared-ip "k" without a requested address does not guarantee a shared one',
    ],
  ],
  ['itself', service('web', { held: [IP] }), service('web', { ...asks(IP), held: [IP] }), []],
];

for (const [what, other, judged, wanted] of BESIDE) {
  test(`serviceProblems judges ${what} beside a holder`, () => assert.deepEqual(judge(judged, [other]), wanted));
}
