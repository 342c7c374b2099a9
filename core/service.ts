// A Service as Arpeggio sees it: the few fields its decisions need, read once from the wire object.
import { type Family, type Ip, parseIp } from '#core/ip.ts';
import type { Labels } from '#core/labels.ts';
import {
  ALLOCATED_FROM_POOL,
  type Annotations,
  CONDITION_ALLOCATED,
  readAnnotation,
  SHARE_WITH_NAMESPACES,
} from '#core/names.ts';

export type Port = { readonly name: string; readonly protocol: string; readonly port: number };

export type FamilyPolicy = 'SingleStack' | 'PreferDualStack' | 'RequireDualStack';

/** A field that asks for addresses, with the path it was written at. */
export type AddressRequest = { readonly path: string; readonly text: string };

export type Service = {
  /** `namespace/name`. */
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** Milliseconds since the epoch. */
  readonly created: number;
  readonly labels: Labels;
  readonly type: string;
  readonly loadBalancerClass?: string;
  readonly families: readonly Family[];
  readonly familyPolicy: FamilyPolicy;
  readonly ports: readonly Port[];
  readonly trafficPolicy: 'Cluster' | 'Local';
  readonly selector: Labels;
  /** `spec.loadBalancerIP` and the annotation, in this order; both set is an invalid request. */
  readonly requests: readonly AddressRequest[];
  readonly requestedPool?: AddressRequest;
  /** Empty: shares with nobody. */
  readonly sharingKey: string;
  /** Namespaces this Service consents to share with; `*` is all. */
  readonly sharesWith: readonly string[];
  /** `status.loadBalancer.ingress[].ip`, in order. */
  readonly held: readonly Ip[];
  /** The pool the controller wrote beside the addresses. */
  readonly heldPool?: string;
  readonly conditions: readonly Condition[];
  /** Milliseconds, at the latest change of its addresses or later; 0 for an address that was there before us. */
  readonly allocatedAt: number;
};

export type Condition = {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime?: string | Date | null;
  readonly observedGeneration?: number;
};

/** The part of the wire object that is read. */
export type ServiceObject = {
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly creationTimestamp?: string | Date | null;
    readonly labels?: Labels;
    readonly annotations?: Annotations;
  };
  readonly spec?: {
    readonly type?: string;
    readonly loadBalancerClass?: string;
    readonly loadBalancerIP?: string;
    readonly ipFamilies?: readonly string[];
    readonly ipFamilyPolicy?: string;
    readonly ports?: readonly { readonly name?: string; readonly protocol?: string; readonly port?: number }[];
    readonly externalTrafficPolicy?: string;
    readonly selector?: Labels;
  };
  readonly status?: {
    readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string }[] };
    readonly conditions?: readonly Condition[];
  };
};

export function parseService(object: ServiceObject): Service {
  const { metadata = {}, spec = {}, status = {} } = object;
  const annotations = metadata.annotations ?? {};
  const namespace = metadata.namespace ?? '';
  const name = metadata.name ?? '';
  const pool = readAnnotation(annotations, 'address-pool');
  return {
    key: `${namespace}/${name}`,
    namespace,
    name,
    uid: metadata.uid ?? '',
    resourceVersion: metadata.resourceVersion ?? '',
    created: readTime(metadata.creationTimestamp),
    labels: metadata.labels ?? {},
    type: spec.type ?? 'ClusterIP',
    ...(spec.loadBalancerClass === undefined ? {} : { loadBalancerClass: spec.loadBalancerClass }),
    families: compact((spec.ipFamilies ?? []).map((family) => (family === 'IPv6' ? 6 : 4))),
    familyPolicy: (spec.ipFamilyPolicy as FamilyPolicy | undefined) ?? 'SingleStack',
    ports: (spec.ports ?? []).map(parsePort),
    trafficPolicy: spec.externalTrafficPolicy === 'Local' ? 'Local' : 'Cluster',
    selector: spec.selector ?? {},
    requests: compact(readRequests(spec.loadBalancerIP, annotations)),
    ...(pool && pool.value !== '' ? { requestedPool: { path: annotationPath(pool.key), text: pool.value } } : {}),
    sharingKey: readAnnotation(annotations, 'allow-shared-ip')?.value ?? '',
    sharesWith: compact(splitList(annotations[SHARE_WITH_NAMESPACES] ?? '')),
    held: compact(readHeld(status)),
    ...(annotations[ALLOCATED_FROM_POOL] === undefined ? {} : { heldPool: annotations[ALLOCATED_FROM_POOL] }),
    conditions: compact(status.conditions ?? []),
    allocatedAt: readTime(status.conditions?.find(({ type }) => type === CONDITION_ALLOCATED)?.lastTransitionTime),
  };
}

/** Written by Go, a time that is not set is null. */
function readTime(time: string | Date | null | undefined): number {
  if (time === undefined || time === null) return 0;
  return typeof time === 'string' ? Date.parse(time) : time.getTime();
}

/** `metadata.annotations[key]`, as problems name it. */
export function annotationPath(key: string): string {
  return `metadata.annotations[${key}]`;
}

/** Comma-separated, trimmed, without empty items. */
export function splitList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** Ours by type and class: without a configured class only Services without one, with a class only that class. */
export function isOurs(service: Service, loadBalancerClass: string | undefined): boolean {
  return service.type === 'LoadBalancer' && service.loadBalancerClass === loadBalancerClass;
}

const NONE: readonly never[] = Object.freeze([]);

/** Ten thousand Services are kept: a list that was filtered or pushed to has room for 16 more. */
function compact<T>(list: readonly T[]): readonly T[] {
  return list.length === 0 ? NONE : list.slice();
}

function parsePort(port: { name?: string; protocol?: string; port?: number }): Port {
  return { name: port.name ?? '', protocol: port.protocol ?? 'TCP', port: port.port ?? 0 };
}

function readRequests(loadBalancerIP: string | undefined, annotations: Annotations): AddressRequest[] {
  const requests: AddressRequest[] = [];
  if (loadBalancerIP) requests.push({ path: 'spec.loadBalancerIP', text: loadBalancerIP });
  const annotation = readAnnotation(annotations, 'loadBalancerIPs');
  if (annotation && annotation.value.trim() !== '') {
    requests.push({ path: annotationPath(annotation.key), text: annotation.value });
  }
  return requests;
}

function readHeld(status: NonNullable<ServiceObject['status']>): Ip[] {
  const ips = (status.loadBalancer?.ingress ?? []).map((ingress) => parseIp(ingress.ip ?? ''));
  return ips.filter((ip) => ip !== undefined);
}
