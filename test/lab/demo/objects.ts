// What the demo applies besides the sample ConfigMap.

export const sharedKey = 'demo';

export type ServiceWish = {
  readonly name: string;
  readonly port: number;
  readonly address?: string | undefined;
  readonly selector?: string;
};

export function service({ name, port, address, selector = 'web' }: ServiceWish): string {
  const asked = address ? { 'metallb.io/loadBalancerIPs': address } : {};
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, annotations: { 'metallb.io/allow-shared-ip': sharedKey, ...asked } },
    spec: { type: 'LoadBalancer', selector: { app: selector }, ports: [{ port, targetPort: 8080 }] },
  });
}

/** A second pool whose range cannot be read. */
export function brokenConfig(range: string): string {
  const config = [
    'address-pools:',
    '- name: default',
    '  protocol: layer2',
    '  addresses: [192.168.1.240-192.168.1.250]',
    '- name: broken',
    '  protocol: layer2',
    `  addresses: [${range}]`,
  ].join('\n');
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'metallb-system', name: 'config' },
    data: { config },
  });
}
