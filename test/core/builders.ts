// Services for tests, in the wire form that `parseService` reads.
import { parseService, type Service, type ServiceObject } from '#core/service.ts';

export type ServiceShape = {
  readonly annotations?: { readonly [key: string]: string };
  readonly labels?: { readonly [key: string]: string };
  /** For example `TCP/80`; default one port. */
  readonly ports?: readonly string[];
  readonly held?: readonly string[];
  readonly spec?: NonNullable<ServiceObject['spec']>;
  /** Seconds since the epoch. */
  readonly created?: number;
  readonly conditions?: NonNullable<ServiceObject['status']>['conditions'];
};

/** `key` is `name` (namespace default) or `namespace/name`. */
export function service(key: string, shape: ServiceShape = {}): Service {
  const [namespace, name] = key.includes('/') ? key.split('/') : ['default', key];
  return parseService({
    metadata: {
      namespace: namespace ?? '',
      name: name ?? '',
      uid: `uid-${key}`,
      resourceVersion: '7',
      creationTimestamp: new Date((shape.created ?? 1_000) * 1000).toISOString(),
      annotations: shape.annotations ?? {},
      labels: shape.labels ?? {},
    },
    spec: {
      type: 'LoadBalancer',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      ports: (shape.ports ?? ['TCP/80']).map((text) => {
        const [protocol = '', port] = text.split('/');
        return { name: `p${port}`, protocol, port: Number(port) };
      }),
      ...shape.spec,
    },
    status: {
      loadBalancer: { ingress: (shape.held ?? []).map((ip) => ({ ip })) },
      ...(shape.conditions ? { conditions: shape.conditions } : {}),
    },
  });
}
