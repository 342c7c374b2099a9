// Static routes to every node's Pod range, as a host-gateway network plugin would set them.
import { ipBatch } from '../network.ts';
import { internalOf, namespaceOf, type Place } from '../place.ts';

export type PodRange = { readonly place: Place; readonly podCIDRs: readonly string[] };

/** Routes from one place to the Pods of all other nodes; those that stand already stay. */
export async function applyRoutes(lab: string, from: Place, ranges: readonly PodRange[]): Promise<void> {
  const lines = ranges
    .filter(({ place }) => place.name !== from.name)
    .flatMap(({ place, podCIDRs }) =>
      podCIDRs.map((cidr) => `route replace ${cidr} via ${internalOf(place)[cidr.includes(':') ? 'ipv6' : 'ipv4']}`),
    );
  if (lines.length > 0) await ipBatch(namespaceOf(lab, from.name), lines);
}
