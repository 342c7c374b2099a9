// The objects of a cluster as the API server gave them, and which of them the caller may not read.
import type { ConfigMapObject, ConfigSources } from '#core/config.ts';
import type { AddressConflictObject } from '#core/conflict.ts';
import type { ServiceL2StatusObject } from '#core/l2-status.ts';
import type { RegistrationObject } from '#core/metallb.ts';
import type { NamespaceObject, NodeObject } from '#core/node.ts';
import type { ServiceObject } from '#core/service.ts';
import type { LeaseObject } from '#platform/lease-decision.ts';
import type { EndpointSliceObject } from '#speaker/world.ts';
import type { PodObject } from './programs.ts';

/** What a caller may lack the rights to read: answers then say less, and say so. */
export type Part = 'pods' | 'lease' | 'registration' | 'metallb-registration' | 'kube-proxy' | 'statuses' | 'conflicts';

export type StatusObject = ServiceL2StatusObject & { readonly metadata?: { readonly creationTimestamp?: string } };

/** Objects of which there is one, read by name. */
export type Bystanders = {
  readonly lease: LeaseObject | undefined;
  readonly registration: RegistrationObject | undefined;
  readonly metalLbRegistration: RegistrationObject | undefined;
  readonly kubeProxy: ConfigMapObject | undefined;
};

export type WireCluster = Bystanders & {
  /** Where our own objects live. */
  readonly namespace: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly sources: ConfigSources;
  readonly services: readonly ServiceObject[];
  readonly namespaces: readonly NamespaceObject[];
  readonly nodes: readonly NodeObject[];
  readonly slices: readonly EndpointSliceObject[];
  readonly statuses: readonly StatusObject[];
  readonly conflicts: readonly AddressConflictObject[];
  readonly pods: readonly PodObject[];
  readonly unread: readonly Part[];
};
