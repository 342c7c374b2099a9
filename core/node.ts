// A Node and a Namespace as Arpeggio sees them: the few fields that decisions need.
import { type Ip, parseIp } from '#core/ip.ts';
import type { Labels } from '#core/labels.ts';
import { type Annotations, DRAIN_NODE } from '#core/names.ts';
import { parseRange, type Range } from '#core/range.ts';

export type Node = {
  readonly name: string;
  readonly labels: Labels;
  /** Internal and external addresses, never handed out to Services. */
  readonly ips: readonly Ip[];
  readonly podCidrs: readonly Range[];
  /** The condition of this name is True: no route leads there. */
  readonly networkUnavailable: boolean;
  /** Somebody wants its addresses elsewhere. */
  readonly draining: boolean;
  /** Closed to new Pods. */
  readonly cordoned: boolean;
};

export type NodeObject = {
  readonly metadata?: {
    readonly name?: string;
    readonly resourceVersion?: string;
    readonly labels?: Labels;
    readonly annotations?: Annotations;
  };
  readonly spec?: { readonly podCIDRs?: readonly string[]; readonly unschedulable?: boolean };
  readonly status?: {
    readonly addresses?: readonly { readonly type?: string; readonly address?: string }[];
    readonly conditions?: readonly { readonly type?: string; readonly status?: string }[];
  };
};

export type Namespace = { readonly name: string; readonly labels: Labels; readonly isTerminating: boolean };

export type NamespaceObject = {
  readonly metadata?: {
    readonly name?: string;
    readonly resourceVersion?: string;
    readonly labels?: Labels;
    readonly deletionTimestamp?: unknown;
  };
};

export function parseNode({ metadata = {}, spec = {}, status = {} }: NodeObject): Node {
  const addresses = (status.addresses ?? []).filter(({ type }) => type === 'InternalIP' || type === 'ExternalIP');
  const conditions = status.conditions ?? [];
  return {
    name: metadata.name ?? '',
    labels: metadata.labels ?? {},
    ips: addresses.map(({ address = '' }) => parseIp(address)).filter((ip) => ip !== undefined),
    podCidrs: parseCidrs(spec.podCIDRs ?? []),
    networkUnavailable: conditions.some(({ type, status: is }) => type === 'NetworkUnavailable' && is === 'True'),
    draining: !['', 'false'].includes(metadata.annotations?.[DRAIN_NODE] ?? ''),
    cordoned: spec.unschedulable === true,
  };
}

export function parseNamespace({ metadata = {} }: NamespaceObject): Namespace {
  const isTerminating = metadata.deletionTimestamp !== undefined;
  return { name: metadata.name ?? '', labels: metadata.labels ?? {}, isTerminating };
}

/** CIDRs that the API server wrote; one that cannot be read is left out. */
export function parseCidrs(texts: readonly string[]): Range[] {
  return texts
    .map(parseRange)
    .filter((parsed) => parsed.ok)
    .map(({ value }) => value.range);
}
