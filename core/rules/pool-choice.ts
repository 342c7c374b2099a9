// Which pools a Service draws from when it names no address, and which families it needs from one of them.
import type { Config } from '#core/config.ts';
import type { Family } from '#core/ip.ts';
import type { Labels } from '#core/labels.ts';
import { type AddressPool, comparePools, isAdmitted, type PoolUser } from '#core/pool.ts';
import type { Service } from '#core/service.ts';

/** Labels by namespace name. */
export type PoolWorld = { readonly config: Config; readonly namespaces: ReadonlyMap<string, Labels> };

export function poolUser(service: Service, { namespaces }: Pick<PoolWorld, 'namespaces'>): PoolUser {
  const { namespace, labels } = service;
  return { namespace, namespaceLabels: namespaces.get(namespace) ?? {}, labels };
}

/** In order: the one it names, else pinned ones before the others. */
export function openPools(service: Service, world: PoolWorld): AddressPool[] {
  const wanted = service.requestedPool?.text;
  const user = poolUser(service, world);
  const open = world.config.pools.filter((pool) => isAdmitted(pool, user));
  if (wanted !== undefined) return open.filter(({ name }) => name === wanted);
  return open.filter(({ autoAssign }) => autoAssign).sort(comparePools);
}

/** Sets of families to try, best first; PreferDualStack is content with one (reference 3.5). */
export function wantedFamilies({ families, familyPolicy }: Pick<Service, 'families' | 'familyPolicy'>): Family[][] {
  const single = families.slice(0, 1);
  if (familyPolicy === 'SingleStack' || families.length < 2) return [single.length > 0 ? single : [4]];
  if (familyPolicy === 'RequireDualStack') return [[...families]];
  return [[...families], ...families.map((family) => [family])];
}

/** Some pool among these has addresses of every family, taken or not, for one of the sets that would do. */
export function poolsThatFit(service: Service, pools: readonly AddressPool[]): AddressPool[] {
  return pools.filter(({ ranges }) =>
    wantedFamilies(service).some((families) =>
      families.every((family) => ranges.some(({ range }) => range.family === family)),
    ),
  );
}

/** True when nothing but all that it names will do. */
export function isDemanding({ requestedPool, familyPolicy }: Service): boolean {
  return requestedPool !== undefined || familyPolicy === 'RequireDualStack';
}

/** The families that it cannot do without, as sentences name them. */
export function familyText(service: Service): string {
  return (wantedFamilies(service).at(-1) ?? []).map((family) => `IPv${family}`).join(' and ');
}
