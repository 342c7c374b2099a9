// Builders for reviews and the world they are judged in; every field that a case does not name is harmless.
import { type ConfigSources, parseConfig } from '#core/config.ts';
import type { Labels } from '#core/labels.ts';
import { parseCidrs, parseNode } from '#core/node.ts';
import type { ReviewSettings, ReviewWorld } from '#core/rules/review.ts';
import type { ReviewRequest } from '#core/rules/review-request.ts';
import { parseService, type ServiceObject } from '#core/service.ts';
import { readReview } from '#webhook/request.ts';

export const NAMESPACE = 'metallb-system';

type Json = { [key: string]: unknown };
type Operation = 'CREATE' | 'UPDATE' | 'DELETE';
type Objects = { object?: Json | undefined; oldObject?: Json | undefined };

const RESOURCES: { [kind: string]: { group: string; version: string; resource: string } } = {
  Service: { group: '', version: 'v1', resource: 'services' },
  ConfigMap: { group: '', version: 'v1', resource: 'configmaps' },
  IPAddressPool: { group: 'metallb.io', version: 'v1beta1', resource: 'ipaddresspools' },
  L2Advertisement: { group: 'metallb.io', version: 'v1beta1', resource: 'l2advertisements' },
};

/** The AdmissionReview as the API server sends it. */
export function reviewBody(operation: Operation, objects: Objects, request: Json = {}): Json {
  const present = (objects.object ?? objects.oldObject ?? {}) as { kind: string; metadata: Json };
  const { group = '', version = '', resource = '' } = RESOURCES[present.kind] ?? {};
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'b7c2fbd4-0000-4000-8000-000000000001',
      kind: { group, version, kind: present.kind },
      resource: { group, version, resource },
      name: present.metadata['name'],
      namespace: present.metadata['namespace'],
      operation,
      object: objects.object ?? null,
      oldObject: objects.oldObject ?? null,
      dryRun: false,
      ...request,
    },
  };
}

export function requestOf(operation: Operation, objects: Objects, request: Json = {}): ReviewRequest {
  const read = readReview(reviewBody(operation, objects, request));
  if (!read.ok) throw new Error(read.message);
  return read.value;
}

export function configMap(text: string, metadata: Json = {}): Json {
  return {
    kind: 'ConfigMap',
    metadata: { name: 'config', namespace: NAMESPACE, ...metadata },
    data: { config: text },
  };
}

export function pool(name: string, addresses: string[], metadata: Json = {}): Json {
  return { kind: 'IPAddressPool', metadata: { name, namespace: NAMESPACE, ...metadata }, spec: { addresses } };
}

export function advertisement(name: string, spec: Json = {}): Json {
  return { kind: 'L2Advertisement', metadata: { name, namespace: NAMESPACE }, spec };
}

type ServiceFields = { metadata?: Json; spec?: Json; held?: string };

export function service(name: string, { metadata, spec, held }: ServiceFields = {}): Json {
  return {
    kind: 'Service',
    metadata: { name, namespace: 'default', ...metadata },
    spec: {
      type: 'LoadBalancer',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      ports: [{ name: 'http', protocol: 'TCP', port: 80 }],
      externalTrafficPolicy: 'Cluster',
      selector: { app: name },
      ...spec,
    },
    status: { loadBalancer: held === undefined ? {} : { ingress: [{ ip: held, ipMode: 'VIP' }] } },
  };
}

type WorldFields = {
  settings?: Partial<ReviewSettings>;
  configMap?: Json;
  pools?: Json[];
  advertisements?: Json[];
  services?: Json[];
  namespaces?: { [name: string]: Labels };
  isTerminating?: boolean;
  nodes?: { [name: string]: string };
  serviceCidrs?: { [name: string]: string };
};

export function world(fields: WorldFields = {}): ReviewWorld {
  const sources = {
    ...(fields.configMap ? { configMap: fields.configMap } : {}),
    pools: fields.pools ?? [],
    advertisements: fields.advertisements ?? [advertisement('all')],
  } as ConfigSources;
  const nodes = Object.entries(fields.nodes ?? {}).map(([name, address]) => {
    return parseNode({ metadata: { name }, status: { addresses: [{ type: 'InternalIP', address }] } });
  });
  const serviceCidrs = Object.entries(fields.serviceCidrs ?? {}).flatMap(([name, cidr]) => {
    return parseCidrs([cidr]).map((range) => ({ name, range }));
  });
  return {
    settings: { namespace: NAMESPACE, loadBalancerClass: undefined, onServiceProblems: 'deny', ...fields.settings },
    sources,
    config: parseConfig(sources).config,
    services: (fields.services ?? []).map((object) => parseService(object as ServiceObject)),
    namespaces: new Map(Object.entries(fields.namespaces ?? { default: {} })),
    isTerminating: fields.isTerminating ?? false,
    nodeIps: nodes.flatMap(({ ips }) => ips),
    facts: { nodes, serviceCidrs },
  };
}
