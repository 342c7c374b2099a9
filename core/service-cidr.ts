// The cluster's own Service networks: ServiceCIDR objects (Kubernetes 1.33 and later).
import { parseCidrs } from '#core/node.ts';
import type { Range } from '#core/range.ts';

/** One network of the ServiceCIDR `name`. */
export type ServiceCidr = { readonly name: string; readonly range: Range };

export type ServiceCidrObject = {
  readonly metadata?: { readonly name?: string; readonly resourceVersion?: string };
  readonly spec?: { readonly cidrs?: readonly string[] };
};

export function parseServiceCidr({ metadata = {}, spec = {} }: ServiceCidrObject): ServiceCidr[] {
  return parseCidrs(spec.cidrs ?? []).map((range) => ({ name: metadata.name ?? '', range }));
}
