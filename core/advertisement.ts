// Advertisements: which nodes and interfaces announce the addresses of which pools.
import { isSelectedByAny, type Labels, type Selector } from '#core/labels.ts';
import type { AddressPool } from '#core/pool.ts';

export type Advertisement = {
  readonly name: string;
  /** With `poolSelectors` also empty: all pools. */
  readonly pools: readonly string[];
  readonly poolSelectors: readonly Selector[];
  /** Empty: all nodes. */
  readonly nodeSelectors: readonly Selector[];
  /** Exact names; empty: all interfaces. */
  readonly interfaces: readonly string[];
  /** Empty: all Services. */
  readonly serviceSelectors: readonly Selector[];
  readonly preferences: readonly NodePreference[];
};

export type NodePreference = { readonly weight: number; readonly selector: Selector };

export function isAdvertised(advertisement: Advertisement, pool: AddressPool): boolean {
  const { pools, poolSelectors } = advertisement;
  if (pools.length === 0 && poolSelectors.length === 0) return true;
  return pools.includes(pool.name) || isSelectedByAny(poolSelectors, pool.labels);
}

/** The advertisements that apply to a Service on an address of this pool, on whatever node. */
export function advertisementsFor(
  advertisements: readonly Advertisement[],
  pool: AddressPool,
  serviceLabels: Labels,
): Advertisement[] {
  return advertisements.filter(
    (advertisement) =>
      isAdvertised(advertisement, pool) &&
      (advertisement.serviceSelectors.length === 0 || isSelectedByAny(advertisement.serviceSelectors, serviceLabels)),
  );
}

export function includesNode(advertisement: Advertisement, nodeLabels: Labels): boolean {
  return advertisement.nodeSelectors.length === 0 || isSelectedByAny(advertisement.nodeSelectors, nodeLabels);
}
