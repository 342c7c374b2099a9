// The cluster that every row of docs/admission.md is judged in: two Nodes, some pools, some Services that hold addresses.

export type Manifest = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: { readonly [key: string]: string };
    readonly annotations?: { readonly [key: string]: string };
  };
  readonly spec?: object;
  readonly data?: { readonly config: string };
};

type Metadata = Omit<Manifest['metadata'], 'name'>;

const OURS = 'metallb-system';

export function service(name: string, spec: object = {}, metadata: Metadata = {}): Manifest {
  const ports = [{ name: 'http', port: 80 }];
  return {
    ...{ apiVersion: 'v1', kind: 'Service' },
    metadata: { name, namespace: 'default', ...metadata },
    spec: { type: 'LoadBalancer', ports, ...spec },
  };
}

export function pool(name: string, spec: object, metadata: Metadata = {}): Manifest {
  const apiVersion = 'metallb.io/v1beta1';
  return { apiVersion, kind: 'IPAddressPool', metadata: { name, namespace: OURS, ...metadata }, spec };
}

export function advertisement(name: string, spec: object = {}): Manifest {
  const apiVersion = 'metallb.io/v1beta1';
  return { apiVersion, kind: 'L2Advertisement', metadata: { name, namespace: OURS }, spec };
}

export function configMap(config: string): Manifest {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'config', namespace: OURS }, data: { config } };
}

export const key = (value: string): Metadata => ({ annotations: { 'metallb.io/allow-shared-ip': value } });
export const asks = (loadBalancerIP: string) => ({ loadBalancerIP });
export const local = (app: string) => ({ externalTrafficPolicy: 'Local', selector: { app } });

export const OLD_CONFIG = `address-pools:
- name: old
  protocol: layer2
  addresses: [192.168.1.220-192.168.1.221]
`;

/** In the order they are applied. */
export const FIXTURES: readonly Manifest[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
  advertisement('all'),
  configMap(OLD_CONFIG),
  pool('open', { addresses: ['192.168.1.240-192.168.1.249'] }),
  pool('shop', { addresses: ['192.168.1.230-192.168.1.231'], serviceAllocation: { namespaces: ['shop'] } }),
  pool('full', { addresses: ['192.168.1.235/32'], autoAssign: false }),
  pool('six', { addresses: ['fd00:1::f0-fd00:1::ff'], autoAssign: false }),
  pool('lan', { addresses: ['192.168.1.0-192.168.1.15'], autoAssign: false }),
  pool('odd', { addresses: ['192.168.2.0/24'], autoAssign: false, avoidBuggyIPs: true }),
  pool('front', {
    addresses: ['192.168.1.250/32'],
    serviceAllocation: { serviceSelectors: [{ matchLabels: { tier: 'front' } }] },
  }),
  service('first', asks('192.168.1.240'), key('k')),
  service('plain', asks('192.168.1.241')),
  service('far', asks('192.168.1.242'), { ...key('k'), namespace: 'shop' }),
  service('near', { ...asks('192.168.1.243'), ...local('near') }, key('k')),
  service('full', asks('192.168.1.235')),
  service('old', asks('192.168.1.220')),
  service('front', {}, { labels: { tier: 'front' } }),
];

/** What each Service of the cluster holds once it is served. */
export const HELD: { readonly [name: string]: string } = {
  first: '192.168.1.240',
  plain: '192.168.1.241',
  far: '192.168.1.242',
  near: '192.168.1.243',
  full: '192.168.1.235',
  old: '192.168.1.220',
  front: '192.168.1.250',
};

/** The pure test's stand-in for the Nodes and the ServiceCIDR of the lab. */
export const NODES = [
  { name: 'node1', addresses: ['192.168.1.11', 'fd00:1::11'], podCIDRs: ['10.244.1.0/24', 'fd00:244:0:1::/64'] },
  { name: 'node2', addresses: ['192.168.1.12', 'fd00:1::12'], podCIDRs: ['10.244.0.0/24', 'fd00:244::/64'] },
];
export const SERVICE_CIDRS = ['10.96.0.0/16', 'fd00:96::/112'];
