// Services of type LoadBalancer: rule by rule (design 2.2).
import { asks, key, local, service } from './cluster.ts';
import { applied, early, type Row } from './row.ts';

const annotated = (annotations: { [key: string]: string }) => ({ annotations });
const PORT_81 = { ports: [{ name: 'alt', port: 81 }] };

export const SERVICE_ROWS: readonly Row[] = [
  applied('a requested address must be an IP address', service('web', asks('192.168.1.x')), {
    denied: ['spec.loadBalancerIP: "192.168.1.x" is not an IP address'],
  }),
  applied(
    'one address for each family',
    service('web', {}, annotated({ 'metallb.io/loadBalancerIPs': '192.168.1.244,192.168.1.245' })),
    {
      denied: [
        'metadata.annotations[metallb.io/loadBalancerIPs]: "192.168.1.244,192.168.1.245" has two addresses of one family, wanted one',
      ],
    },
  ),
  applied(
    'the field or the annotation, not both',
    service('web', asks('192.168.1.244'), annotated({ 'metallb.io/loadBalancerIPs': '192.168.1.245' })),
    {
      denied: [
        'metadata.annotations[metallb.io/loadBalancerIPs]: "192.168.1.245" stands beside spec.loadBalancerIP "192.168.1.244", wanted one of the two',
      ],
    },
  ),
  applied('an address of a family that the Service has', service('web', asks('fd00:1::f0')), {
    denied: ['spec.loadBalancerIP: "fd00:1::f0" is IPv6, wanted an address of spec.ipFamilies (IPv4)'],
  }),
  applied(
    'two addresses for RequireDualStack',
    service('web', { ...asks('192.168.1.244'), ipFamilyPolicy: 'RequireDualStack' }),
    {
      denied: [
        'spec.loadBalancerIP: "192.168.1.244" is one address, wanted one of each family for ipFamilyPolicy RequireDualStack',
      ],
    },
  ),
  applied('an address of some pool', service('web', asks('192.168.9.9')), {
    denied: [
      'spec.loadBalancerIP: 192.168.9.9 is in no pool; this Service may use pool "full", "lan", "odd", "old", "open" and 1 more',
    ],
  }),
  applied('an address of a pool that is open to the Service', service('web', asks('192.168.1.230')), {
    denied: [
      'spec.loadBalancerIP: 192.168.1.230 is in pool "shop", which is closed to this Service; this Service may use pool "full", "lan", "odd", "old", "open" and 1 more',
    ],
  }),
  applied('no address that avoidBuggyIPs leaves out', service('web', asks('192.168.2.255')), {
    denied: ['spec.loadBalancerIP: 192.168.2.255 ends in .0 or .255, which pool "odd" leaves out (avoid-buggy-ips)'],
  }),
  applied('no address of a Node', service('web', asks('192.168.1.11')), {
    denied: ['spec.loadBalancerIP: 192.168.1.11 is the address of a Node and is never handed out'],
  }),
  applied('a pool that exists', service('web', {}, annotated({ 'metallb.io/address-pool': 'opne' })), {
    denied: [
      'metadata.annotations[metallb.io/address-pool]: unknown pool "opne", did you mean "open"; this Service may use pool "full", "lan", "odd", "old", "open" and 1 more',
    ],
  }),
  applied('a pool that is open to the Service', service('web', {}, annotated({ 'metallb.io/address-pool': 'shop' })), {
    denied: [
      'metadata.annotations[metallb.io/address-pool]: pool "shop" is closed to this Service; this Service may use pool "full", "lan", "odd", "old", "open" and 1 more',
    ],
  }),
  applied(
    'an address of the pool that is named',
    service('web', asks('192.168.1.244'), annotated({ 'metallb.io/address-pool': 'full' })),
    { denied: ['spec.loadBalancerIP: 192.168.1.244 is in pool "open", not in "full" as address-pool asks'] },
  ),
  applied('a pool with addresses of the family', service('web', {}, annotated({ 'metallb.io/address-pool': 'six' })), {
    denied: ['metadata.annotations[metallb.io/address-pool]: pool "six" has no IPv4 addresses'],
  }),
  applied('a pool with both families for RequireDualStack', service('web', { ipFamilyPolicy: 'RequireDualStack' }), {
    denied: ['spec.ipFamilyPolicy: no pool that is open to this Service has IPv4 and IPv6 addresses'],
  }),
  applied('an address that nobody holds', service('web', asks('192.168.1.241')), {
    denied: ['spec.loadBalancerIP: 192.168.1.241 is already used by default/plain, which has no allow-shared-ip key'],
  }),
  applied('an address that nobody holds, of a holder that would share', service('web', asks('192.168.1.240')), {
    denied: [
      'spec.loadBalancerIP: 192.168.1.240 is already used by default/first; to share it, set allow-shared-ip "k"',
    ],
  }),
  applied('sharing wants equal keys', service('web', { ...asks('192.168.1.240'), ...PORT_81 }, key('other')), {
    denied: [
      'spec.loadBalancerIP: 192.168.1.240 is already used by default/first, whose allow-shared-ip key is "k", not "other"',
    ],
  }),
  applied(
    'sharing across namespaces wants consent on both sides',
    service('web', { ...asks('192.168.1.242'), ...PORT_81 }, key('k')),
    {
      denied: [
        'spec.loadBalancerIP: 192.168.1.242 is already used by shop/far, which is in another namespace (wanted arpeggio.dev/share-with-namespaces on both Services)',
      ],
    },
  ),
  applied('sharing wants equal traffic policies', service('web', { ...asks('192.168.1.243'), ...PORT_81 }, key('k')), {
    denied: [
      'spec.loadBalancerIP: 192.168.1.243 is already used by default/near, whose externalTrafficPolicy is Local, not Cluster',
    ],
  }),
  applied(
    'sharing with policy Local wants equal selectors',
    service('web', { ...asks('192.168.1.243'), ...PORT_81, ...local('web') }, key('k')),
    {
      denied: [
        'spec.loadBalancerIP: 192.168.1.243 is already used by default/near, whose selector differs (wanted equal, non-empty selectors for externalTrafficPolicy Local)',
      ],
    },
  ),
  applied(
    'sharing wants different ports',
    service(
      'web',
      {
        ...asks('192.168.1.240'),
        ports: [
          { name: 'alt', port: 81 },
          { name: 'web', port: 80 },
        ],
      },
      key('k'),
    ),
    { denied: ['spec.ports[1]: TCP/80 on 192.168.1.240 is already used by default/first (port "http")'] },
  ),
  applied('sharing that is agreed', service('web', { ...asks('192.168.1.240'), ...PORT_81 }, key('k'))),
  applied(
    'every problem at once',
    service('web', { ...asks('192.168.1.241'), ...PORT_81 }, annotated({ 'metallb.io/address-pool': 'none' })),
    {
      denied: [
        'metadata.annotations[metallb.io/address-pool]: unknown pool "none"; this Service may use pool "full", "lan", "odd", "old", "open" and 1 more',
        'spec.loadBalancerIP: 192.168.1.241 is already used by default/plain, which has no allow-shared-ip key',
      ],
    },
  ),
  applied(
    'a Service of another class is not judged',
    service('web', { ...asks('x'), loadBalancerClass: 'example.com/other' }),
  ),
  applied('a key without a requested address', service('web', {}, key('k')), {
    warned: ['metadata.annotations: allow-shared-ip "k" without a requested address does not guarantee a shared one'],
  }),
  applied('the deprecated prefix', service('web', {}, annotated({ 'metallb.universe.tf/address-pool': 'open' })), {
    warned: [
      'metadata.annotations[metallb.universe.tf/address-pool]: the prefix "metallb.universe.tf/" is deprecated, wanted "metallb.io/address-pool"',
    ],
  }),
  applied('an annotation that is misspelt', service('web', {}, annotated({ 'metallb.io/adress-pools': 'open' })), {
    warned: ['metadata.annotations[metallb.io/adress-pools]: is not read, did you mean "metallb.io/address-pool"'],
  }),
  applied(
    'an annotation under the wrong prefix',
    service('web', {}, annotated({ 'arpeggio.dev/allow-shared-ip': 'a', 'metallb.io/share-with-namespaces': 'shop' })),
    {
      warned: [
        'metadata.annotations[arpeggio.dev/allow-shared-ip]: is not read, did you mean "metallb.io/allow-shared-ip"',
        'metadata.annotations[metallb.io/share-with-namespaces]: is not read, did you mean "arpeggio.dev/share-with-namespaces"',
      ],
    },
  ),
  applied(
    'what MetalLB itself wrote',
    service('web', {}, annotated({ 'metallb.universe.tf/ip-allocated-from-pool': 'open' })),
  ),
  applied('an annotation of others', service('web', {}, annotated({ 'metallb.io/owner': 'shop' }))),
  applied('a pool without a free address', service('web', {}, annotated({ 'metallb.io/address-pool': 'full' })), {
    warned: ['spec.type: no free address is left in pool "full": the Service will wait'],
  }),
  applied('new labels that shut a Service out of its pool', service('front', {}, { labels: { tier: 'back' } }), {
    warned: [
      'metadata.labels: pool "front" of 192.168.1.250 is closed to these labels: the Service loses this address',
    ],
  }),
  early('before any pool exists, a Service may come first', service('web', asks('192.168.1.244')), {
    warned: ['spec.loadBalancerIP: 192.168.1.244 is in no pool; no pool is open to this Service'],
  }),
  early(
    'before any pool exists, a named pool may come later',
    service('web', {}, annotated({ 'metallb.io/address-pool': 'open' })),
    {
      warned: [
        'metadata.annotations[metallb.io/address-pool]: unknown pool "open"; no pool is open to this Service',
        'spec.type: no address pool is configured yet: the Service will wait',
      ],
    },
  ),
];
