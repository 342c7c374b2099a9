// What a pass takes over from the one before: decisions about holders that neither changed nor stand on changed ground.
// Parsed objects never change, so the same object says the same; only the time of a pass depends on this.
import type { Config } from '#core/config.ts';
import type { AddressConflict } from '#core/conflict.ts';
import type { Service } from '#core/service.ts';
import type { AllocationWorld, Decision } from './allocate.ts';

type Ground = Pick<AllocationWorld, 'namespaces' | 'conflicts'>;

/** Of holders whose addresses are all good as long as no other holder is in the way. */
export type Settled = Map<Service, Decision>;

const known = new WeakMap<Config, { readonly ground: Ground; readonly settled: Settled }>();

export function settledOn({ config, namespaces, conflicts, services }: AllocationWorld): Settled {
  const last = known.get(config);
  const isSameGround = last?.ground.namespaces === namespaces && isSameList(last.ground.conflicts, conflicts);
  // Half of it is about Services that are gone or others by now.
  if (isSameGround && last.settled.size <= 2 * services.length) return last.settled;
  const settled: Settled = new Map();
  known.set(config, { ground: { namespaces, conflicts }, settled });
  return settled;
}

function isSameList(a: readonly AddressConflict[], b: readonly AddressConflict[]): boolean {
  return a.length === b.length && a.every((one, i) => one === b[i]);
}
