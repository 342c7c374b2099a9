// What a Service should know although it is admitted: that it will wait, move, or uses an old spelling (design 2.2).
import { type Family, formatIp, type Ip } from '#core/ip.ts';
import { ALLOCATED_FROM_POOL, ANNOTATION_PREFIXES, type Annotations, SHARE_WITH_NAMESPACES } from '#core/names.ts';
import { Occupancy } from '#core/occupancy.ts';
import { type AddressPool, capacityOf, isAdmitted, isOffered, poolOf } from '#core/pool.ts';
import type { Problem } from '#core/problem.ts';
import { isInRange } from '#core/range.ts';
import { familyText, isDemanding, openPools, poolsThatFit, poolUser, wantedFamilies } from '#core/rules/pool-choice.ts';
import { nameSome } from '#core/rules/pool-rules.ts';
import type { ServiceWorld } from '#core/rules/service-rules.ts';
import { annotationPath, type Service } from '#core/service.ts';
import { nearest } from '#core/suggest.ts';

const ANNOTATIONS = ['address-pool', 'allow-shared-ip', 'loadBalancerIPs'] as const;
/** All that are read or written, by the newest prefix first; under the deprecated one MetalLB wrote where an address is from. */
const KNOWN = [
  ...ANNOTATION_PREFIXES.flatMap((prefix) =>
    [...ANNOTATIONS, nameOf(ALLOCATED_FROM_POOL)].map((name) => prefix + name),
  ),
  SHARE_WITH_NAMESPACES,
];
const PATH = 'spec.type';

/** Only what is near a known name: others may use our prefixes for ends of their own. */
export function misspeltWarnings(annotations: Annotations): Problem[] {
  const names = KNOWN.map(nameOf);
  return Object.keys(annotations).flatMap((key) => {
    const isStrange = KNOWN.some((known) => prefixOf(known) === prefixOf(key)) && !KNOWN.includes(key);
    const name = isStrange ? nearest(nameOf(key), names) : undefined;
    const meant = KNOWN.find((known) => nameOf(known) === name);
    return meant === undefined ? [] : [{ path: annotationPath(key), message: `is not read, did you mean "${meant}"` }];
  });
}

export function deprecatedWarnings(annotations: Annotations): Problem[] {
  const [wanted, old] = ANNOTATION_PREFIXES;
  return ANNOTATIONS.filter((name) => annotations[old + name] !== undefined).map((name) => {
    const isHidden = annotations[wanted + name] !== undefined;
    const message = isHidden
      ? `is not read, because "${wanted}${name}" stands beside it`
      : `the prefix "${old}" is deprecated, wanted "${wanted}${name}"`;
    return { path: annotationPath(old + name), message };
  });
}

/** A Service that holds nothing and asks for no address by name, and that nobody can serve as things stand. */
export function waitingWarnings(service: Service, world: ServiceWorld): Problem[] {
  if (service.held.length > 0 || service.requests.length > 0) return [];
  const warn = (message: string): Problem[] => [
    { path: PATH, message: `${message}: the Service will wait`, evidence: { configuration: true } },
  ];
  if (world.config.pools.length === 0) return warn('no address pool is configured yet');
  const open = openPools(service, world);
  // What is a problem of its own is not said twice.
  if (open.length === 0) {
    return service.requestedPool ? [] : warn('no pool that assigns addresses by itself is open to this Service');
  }
  const fitting = poolsThatFit(service, open);
  const names = nameSome((fitting.length > 0 ? fitting : open).map(({ name }) => `"${name}"`));
  if (fitting.length === 0 && isDemanding(service)) return [];
  if (fitting.length === 0) return warn(`pool ${names} has no ${familyText(service)} addresses`);
  const isServed = wantedFamilies(service).some((families) =>
    fitting.some((pool) => families.every((family) => hasRoom(service, { pool, family }, world))),
  );
  return isServed ? [] : warn(`no free address is left in pool ${names}`);
}

/** The new labels shut the Service out of the pool it is in. */
export function movingWarnings(service: Service, old: Service, world: ServiceWorld): Problem[] {
  const lost = service.held.flatMap((ip) => {
    const pool = poolOf(world.config.pools, ip);
    const fits = (labels: Service) => pool && isAdmitted(pool, poolUser(labels, world));
    return pool && fits(old) && !fits(service) ? [{ ip, pool: pool.name }] : [];
  });
  return lost.map(({ ip, pool }) => ({
    path: 'metadata.labels',
    message: `pool "${pool}" of ${formatIp(ip)} is closed to these labels: the Service loses this address`,
  }));
}

type Need = { readonly pool: AddressPool; readonly family: Family };

function hasRoom(service: Service, need: Need, world: ServiceWorld): boolean {
  return hasFreeAddress(need, world) || canShare(service, need, world);
}

/** Counts only where the pool could be full at all: most are far larger than all that is held. */
function hasFreeAddress({ pool, family }: Need, { services, nodeIps }: ServiceWorld): boolean {
  const size = capacityOf(pool, family);
  const holdings = services.reduce((count, { held }) => count + held.length, nodeIps.length);
  if (size > holdings) return true;
  const used = new Set<bigint>();
  const isInside = (ip: Ip) => ip.family === family && pool.ranges.some(({ range }) => isInRange(range, ip));
  const note = (ip: Ip) => {
    if (isInside(ip) && isOffered(pool, ip)) used.add(ip.value);
  };
  for (const { held } of services) for (const ip of held) note(ip);
  for (const ip of nodeIps) note(ip);
  return size > used.size;
}

function canShare(service: Service, { pool, family }: Need, { services }: ServiceWorld): boolean {
  if (service.sharingKey === '') return false;
  const occupancy = new Occupancy();
  for (const other of services) {
    for (const ip of other.held) if (ip.family === family && isOffered(pool, ip)) occupancy.place(other, ip);
  }
  for (const ip of occupancy.ipsWithKey(service.sharingKey)) if (occupancy.admits(service, ip)) return true;
  return false;
}

function prefixOf(key: string): string {
  return key.slice(0, key.indexOf('/') + 1);
}

function nameOf(key: string): string {
  return key.slice(key.indexOf('/') + 1);
}
