// A Service as the API server keeps it, and what the controller's patches do to it there.
import type { Condition, ServiceObject } from '#core/service.ts';

export type StoredService = ServiceObject & { status: { loadBalancer?: object; conditions?: Condition[] } };

export type Patch = {
  metadata: { annotations: { [key: string]: string | null } };
  status: { loadBalancer?: { ingress: { ip: string }[] | null }; conditions?: (Condition & { $patch?: 'delete' })[] };
};

/** The strategic merge that the controller's patches ask of the API server. */
export function patchService(object: StoredService, { metadata, status }: Patch): void {
  const notes: { [key: string]: string | null } = { ...object.metadata?.annotations, ...metadata.annotations };
  const kept = Object.entries(notes).filter((entry): entry is [string, string] => entry[1] !== null);
  Object.assign(object.metadata ?? {}, { annotations: Object.fromEntries(kept) });
  if (status.loadBalancer) object.status.loadBalancer = { ingress: status.loadBalancer.ingress ?? [] };
  for (const condition of status.conditions ?? []) {
    const others = (object.status.conditions ?? []).filter(({ type }) => type !== condition.type);
    object.status.conditions = condition.$patch === 'delete' ? others : [...others, condition];
  }
}
