// Which node announces a Service: the `ServiceL2Status` object of metallb.io, one for each Service and node.
import type { Annotations } from '#core/names.ts';
import { STATUS_ADDRESSES } from '#core/names.ts';

export const STATUS_LABELS = {
  node: 'metallb.io/node',
  serviceName: 'metallb.io/service-name',
  serviceNamespace: 'metallb.io/service-namespace',
} as const;

export type ServiceL2Status = {
  /** Of the object. */
  readonly name: string;
  readonly node: string;
  /** `namespace/name`. */
  readonly service: string;
  /** Undefined where another program wrote the object. */
  readonly addresses: readonly string[] | undefined;
  /** The Pod that wrote it, and takes it along when it goes. */
  readonly podUid: string | undefined;
  readonly isLabelled: boolean;
  /** Empty: all suitable ones. Undefined until the status is written. */
  readonly ifaces: readonly string[] | undefined;
};

export type ServiceL2StatusObject = {
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly resourceVersion?: string;
    readonly labels?: { readonly [key: string]: string };
    readonly annotations?: Annotations;
    readonly ownerReferences?: readonly { readonly kind: string; readonly uid: string }[];
  };
  readonly status?: {
    readonly node?: string;
    readonly serviceName?: string;
    readonly serviceNamespace?: string;
    readonly interfaces?: readonly { readonly name?: string }[];
  };
};

/** The status names node and Service; the labels do until it is written. */
export function parseL2Status({ metadata = {}, status = {} }: ServiceL2StatusObject): ServiceL2Status {
  const { labels = {}, annotations = {}, ownerReferences = [] } = metadata;
  const labelled = { node: labels[STATUS_LABELS.node], service: serviceIn(labels) };
  const node = status.node ?? labelled.node ?? '';
  const service =
    status.serviceName === undefined ? labelled.service : `${status.serviceNamespace ?? ''}/${status.serviceName}`;
  return {
    name: metadata.name ?? '',
    node,
    service,
    addresses: annotations[STATUS_ADDRESSES]?.split(','),
    podUid: ownerReferences.find(({ kind }) => kind === 'Pod')?.uid,
    isLabelled: labelled.node === node && labelled.service === service,
    ifaces: status.node === undefined ? undefined : (status.interfaces ?? []).map(({ name = '' }) => name),
  };
}

function serviceIn(labels: { readonly [key: string]: string }): string {
  return `${labels[STATUS_LABELS.serviceNamespace] ?? ''}/${labels[STATUS_LABELS.serviceName] ?? ''}`;
}
