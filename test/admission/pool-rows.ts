// IPAddressPools and L2Advertisements: rule by rule (design 2.1).
import { advertisement, asks, pool, service } from './cluster.ts';
import { applied, deleted, type Row } from './row.ts';

const ranges = (...addresses: string[]) => ({ addresses });
const RELEASE = { annotations: { 'arpeggio.dev/allow-release': 'true' } };
const expression = (operator: string, values: string[], key = 'team') => [
  { matchExpressions: [{ key, operator, values }] },
];
const access = (serviceAllocation: object) => ({ addresses: ['10.9.0.0/24'], serviceAllocation });

export const POOL_ROWS: readonly Row[] = [
  applied('a pool has addresses', pool('new', ranges()), {
    denied: ['spec.addresses: pool has no addresses, wanted at least one range'],
  }),
  applied('a CIDR or a range', pool('new', ranges('10.9.0.0/33', '10.9.0.1', '10.9.0.1-10.9.0.x')), {
    denied: [
      'spec.addresses[0]: "10.9.0.0/33" is neither a CIDR nor a first-last range',
      'spec.addresses[1]: "10.9.0.1" is a single address, wanted "10.9.0.1/32"',
      'spec.addresses[2]: "10.9.0.1-10.9.0.x" is neither a CIDR nor a first-last range',
    ],
  }),
  applied('the lower address first', pool('new', ranges('10.9.0.9-10.9.0.1')), {
    denied: ['spec.addresses[0]: "10.9.0.9-10.9.0.1" is reversed, wanted "10.9.0.1-10.9.0.9"'],
  }),
  applied('one family in a range', pool('new', ranges('10.9.0.1-fd00:9::1')), {
    denied: ['spec.addresses[0]: "10.9.0.1-fd00:9::1" mixes IPv4 and IPv6, wanted one family'],
  }),
  applied('no overlap inside a pool', pool('new', ranges('10.9.0.0/24', '10.9.0.128-10.9.1.5')), {
    denied: ['spec.addresses[1]: 10.9.0.128-10.9.0.255 is already in pool "new" (spec.addresses[0])'],
  }),
  applied('no overlap with another pool', pool('new', ranges('192.168.1.248-192.168.1.249')), {
    denied: ['spec.addresses[0]: 192.168.1.248-192.168.1.249 is already in pool "open" (spec.addresses[0])'],
  }),
  applied('no overlap with the ConfigMap', pool('new', ranges('192.168.1.221/32')), {
    denied: ['spec.addresses[0]: 192.168.1.221 is already in pool "old" (address-pools[0].addresses[0])'],
  }),
  applied('no name of the ConfigMap with other ranges', pool('old', ranges('10.9.0.0/24')), {
    denied: ['metadata.name: duplicate definition of pool "old"'],
  }),
  applied(
    'only addresses that hosts may have',
    pool('new', ranges('127.0.0.0/24', '224.0.0.0/24', '255.255.255.0/24', '0.0.0.0/32', 'ff02::/64')),
    {
      denied: [
        'spec.addresses[0]: "127.0.0.0/24" includes loopback addresses (127.0.0.0-127.255.255.255)',
        'spec.addresses[1]: "224.0.0.0/24" includes multicast addresses (224.0.0.0-239.255.255.255)',
        'spec.addresses[2]: "255.255.255.0/24" includes reserved (class E and limited broadcast) addresses (240.0.0.0-255.255.255.255)',
        'spec.addresses[3]: "0.0.0.0/32" includes unspecified addresses (0.0.0.0-0.255.255.255)',
        'spec.addresses[4]: "ff02::/64" includes multicast addresses (ff00::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff)',
      ],
    },
  ),
  applied('no addresses of the cluster Services', pool('new', ranges('10.96.255.0-10.97.0.9')), {
    denied: [
      `spec.addresses[0]: 10.96.255.0-10.96.255.255 belongs to the cluster's own Services (ServiceCIDR "kubernetes")`,
    ],
  }),
  applied('only in our namespace', pool('new', ranges('10.9.0.0/24'), { namespace: 'default' }), {
    denied: ['metadata.namespace: "default" is not read, wanted "metallb-system"'],
  }),
  applied('known operators', pool('new', access({ serviceSelectors: expression('Is', ['a']) })), {
    denied: [
      'spec.serviceAllocation.serviceSelectors[0].matchExpressions[0].operator: "Is" is unknown, wanted one of In, NotIn, Exists, DoesNotExist',
    ],
  }),
  applied('values for In', pool('new', access({ serviceSelectors: expression('In', []) })), {
    denied: [
      'spec.serviceAllocation.serviceSelectors[0].matchExpressions[0].values: is empty, wanted at least one value for In',
    ],
  }),
  applied('no values for Exists', pool('new', access({ namespaceSelectors: expression('Exists', ['a']) })), {
    denied: [
      'spec.serviceAllocation.namespaceSelectors[0].matchExpressions[0].values: has 1 values, wanted none for Exists',
    ],
  }),
  applied('label keys', pool('new', access({ namespaceSelectors: expression('Exists', [], 'a b') })), {
    denied: ['spec.serviceAllocation.namespaceSelectors[0].matchExpressions[0].key: "a b" is not a label key'],
  }),
  applied('label values, each once', pool('new', access({ namespaceSelectors: expression('In', ['a b', 'c', 'c']) })), {
    denied: [
      'spec.serviceAllocation.namespaceSelectors[0].matchExpressions[0].values: "a b" is not a label value',
      'spec.serviceAllocation.namespaceSelectors[0].matchExpressions[0].values: "c" stands twice',
    ],
  }),
  applied(
    'each namespace and each selector once',
    pool(
      'new',
      access({ namespaces: ['a', 'a'], serviceSelectors: [...expression('In', ['a']), ...expression('In', ['a'])] }),
    ),
    {
      denied: [
        'spec.serviceAllocation.namespaces[1]: "a" stands twice',
        'spec.serviceAllocation.serviceSelectors[1]: repeats spec.serviceAllocation.serviceSelectors[0]',
      ],
    },
  ),
  applied('a pool in use keeps its ranges', pool('open', ranges('192.168.1.244-192.168.1.249')), {
    denied: [
      'spec.addresses: pool "open" still serves default/first (192.168.1.240), default/near (192.168.1.243), default/plain (192.168.1.241), shop/far (192.168.1.242); give these Services other addresses first, or set annotation arpeggio.dev/allow-release: "true" to take them away',
    ],
  }),
  applied(
    'a pool in use stays open to its Services',
    pool('full', { addresses: ['192.168.1.235/32'], autoAssign: false, serviceAllocation: { namespaces: ['shop'] } }),
    {
      denied: [
        'spec.serviceAllocation: pool "full" still serves default/full (192.168.1.235); give these Services other addresses first, or set annotation arpeggio.dev/allow-release: "true" to take them away',
      ],
    },
  ),
  deleted('a pool in use stays', pool('full', {}), {
    denied: [
      'pool "full" still serves default/full (192.168.1.235); give these Services other addresses first, or set annotation arpeggio.dev/allow-release: "true" to take them away',
    ],
  }),
  applied('a pool in use, with a word', pool('full', ranges('192.168.1.236/32'), RELEASE), {
    warned: [
      'metadata.annotations[arpeggio.dev/allow-release]: pool "full" still serves default/full (192.168.1.235); they lose it',
    ],
  }),
  deleted('a pool that serves nobody may go', pool('six', {})),
  applied('host bits', pool('new', ranges('10.9.0.7/24')), {
    warned: ['spec.addresses[0]: "10.9.0.7/24" has host bits set and is read as 10.9.0.0-10.9.0.255'],
  }),
  applied('a Node inside a range', pool('lan', { addresses: ['192.168.1.0-192.168.1.16'], autoAssign: false }), {
    warned: [
      'spec.addresses[0]: contains Node addresses, which are never handed out: 192.168.1.11 (node1), 192.168.1.12 (node2)',
    ],
  }),
  applied('the Pod network', pool('new', ranges('10.244.0.128-10.244.1.127')), {
    warned: ['spec.addresses[0]: overlaps the Pod network of node1, node2'],
  }),
  applied('link-local addresses', pool('new', ranges('169.254.7.0/24')), {
    warned: ['spec.addresses[0]: 169.254.7.0-169.254.7.255 is link-local: clients beyond the link cannot reach it'],
  }),
  applied(
    'the ConfigMap pool of the same name and ranges is replaced',
    pool('old', ranges('192.168.1.220-192.168.1.221')),
    { warned: ['metadata.name: replaces the equal pool of ConfigMap "config" (address-pools[0].name)'] },
  ),
  applied('an advertisement with a bad selector', advertisement('new', { nodeSelectors: expression('Is', ['a']) }), {
    denied: [
      'spec.nodeSelectors[0].matchExpressions[0].operator: "Is" is unknown, wanted one of In, NotIn, Exists, DoesNotExist',
    ],
  }),
  applied(
    'each pool and each interface once',
    advertisement('new', { ipAddressPools: ['open', 'open'], interfaces: ['eth0', 'eth0'] }),
    { denied: ['spec.interfaces[1]: "eth0" stands twice', 'spec.ipAddressPools[1]: "open" stands twice'] },
  ),
  applied('an advertisement of a pool that does not exist', advertisement('new', { ipAddressPools: ['opne'] }), {
    warned: ['spec.ipAddressPools[0]: no pool "opne" exists, did you mean "open"'],
  }),
  applied(
    'an advertisement for a Node that does not exist',
    advertisement('new', { nodeSelectors: expression('In', ['node9'], 'kubernetes.io/hostname') }),
    { warned: ['spec.nodeSelectors[0]: no Node "node9" exists, did you mean "node1"'] },
  ),
  applied(
    'an advertisement for labels that no Node has',
    advertisement('new', { nodeSelectors: expression('Exists', [], 'rack') }),
    { warned: ['spec.nodeSelectors[0]: selects no Node'] },
  ),
  applied('an interface that cannot exist', advertisement('new', { interfaces: ['a-very-long-interface-name'] }), {
    warned: ['spec.interfaces[0]: no interface can be named "a-very-long-interface-name" (1 to 15 characters)'],
  }),
  applied(
    'the same preference twice',
    advertisement('new', {
      preferredNodeSelectors: [1, 2].map((weight) => ({ weight, preference: { matchLabels: { rack: 'a' } } })),
    }),
    { warned: ['spec.preferredNodeSelectors[1]: repeats spec.preferredNodeSelectors[0]: their weights add up'] },
  ),
  applied(
    'narrowing the last advertisement of pools in use',
    advertisement('all', { ipAddressPools: ['open', 'front'] }),
    {
      warned: [
        'spec: pool "full" still serves default/full (192.168.1.235), which no L2Advertisement would announce any more',
      ],
    },
  ),
  deleted('deleting the last advertisement of pools in use', advertisement('all'), {
    warned: [
      'metadata.name: pool "open" still serves default/first (192.168.1.240), default/near (192.168.1.243), default/plain (192.168.1.241), shop/far (192.168.1.242), which no L2Advertisement would announce any more',
      'metadata.name: pool "full" still serves default/full (192.168.1.235), which no L2Advertisement would announce any more',
      'metadata.name: pool "front" still serves default/front (192.168.1.250), which no L2Advertisement would announce any more',
    ],
  }),
  deleted('a Service may always go', service('first', asks('192.168.1.240'))),
];
