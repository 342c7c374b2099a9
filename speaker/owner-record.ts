// What the cluster has on record of who announces what (ServiceL2Status): read for first use, kept true by the writer.
import { parseL2Status, type ServiceL2Status, type ServiceL2StatusObject } from '#core/l2-status.ts';
import { type Cache, openCache } from '#platform/cache.ts';
import type { Cluster } from '#platform/cluster.ts';
import type { Log } from '#platform/log.ts';
import type { Pod } from './l2-status.ts';
import { openStatusWriter } from './l2-status-writer.ts';
import type { AddressPlan } from './plan.ts';

export type OwnerRecord = {
  /** What this node announces, and who owns the rest. */
  note(plans: readonly AddressPlan[]): void;
  /** Some node announced the address for one of these Services. */
  names(plan: AddressPlan): boolean;
};

export type OwnerRecordOptions = {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly node: string;
  readonly pod: Pod | undefined;
  readonly signal: AbortSignal;
  readonly log: Log;
};

export function openOwnerRecord({ node, pod, ...shared }: OwnerRecordOptions): OwnerRecord {
  let plans: readonly AddressPlan[] | undefined;
  const cache: Cache<ServiceL2Status> = openCache({
    ...shared,
    path: `/apis/metallb.io/v1beta1/namespaces/${shared.namespace}/servicel2statuses`,
    parse: (object: ServiceL2StatusObject) => parseL2Status(object),
    onChange: () => writer.markDirty(),
  });
  const writer = openStatusWriter({
    ...shared,
    gather: () => (plans && cache.isSynced() ? { self: node, pod, plans, present: cache.values() } : undefined),
  });
  return {
    note(current) {
      plans = current;
      writer.markDirty();
    },
    names: createLookup(() => cache.values()),
  };
}

/** By Service, made anew when the cache has changed: ten thousand new addresses ask at once. */
function createLookup(read: () => readonly ServiceL2Status[]): (plan: AddressPlan) => boolean {
  let known: readonly ServiceL2Status[] = [];
  let byService = new Map<string, ServiceL2Status[]>();
  return (plan) => {
    const statuses = read();
    if (statuses !== known) byService = Map.groupBy(statuses, ({ service }) => service);
    known = statuses;
    const ofServices = plan.services.flatMap((service) => byService.get(service) ?? []);
    return ofServices.some((status) => isNamedBy(status, plan));
  };
}

/** An object without addresses, as MetalLB writes it, stands for all of its Service. */
export function isNamedBy({ service, addresses }: ServiceL2Status, { text, services }: AddressPlan): boolean {
  return services.includes(service) && (addresses?.includes(text) ?? true);
}
