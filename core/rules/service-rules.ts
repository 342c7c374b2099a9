// What is wrong with a Service of type LoadBalancer, given the rest of the world (design 2.2).
// Admission refuses these; the controller asks the same questions and is the final judge.
import { formatIp, type Ip } from '#core/ip.ts';
import { Occupancy } from '#core/occupancy.ts';
import { type AddressPool, isAdmitted, isBuggyIp, isOffered } from '#core/pool.ts';
import { poolAround } from '#core/pool-index.ts';
import type { Evidence, Problem, Reason, ServiceProblem } from '#core/problem.ts';
import { type Requested, readRequest } from '#core/request.ts';
import { familyText, isDemanding, openPools, type PoolWorld, poolsThatFit, poolUser } from '#core/rules/pool-choice.ts';
import { nameSome } from '#core/rules/pool-rules.ts';
import type { Service } from '#core/service.ts';
import { suggestion } from '#core/suggest.ts';

export type ServiceWorld = PoolWorld & {
  /** All Services that hold addresses; the judged one among them is left out by its key. */
  readonly services: readonly Service[];
  /** Addresses of Nodes, never handed out. */
  readonly nodeIps: readonly Ip[];
};

export type ServiceVerdict = { readonly problems: readonly ServiceProblem[]; readonly warnings: readonly Problem[] };

/** What `judgeAddress` looks at; `occupancy` holds the other Services. */
export type AddressWorld = Pick<ServiceWorld, 'config' | 'namespaces' | 'nodeIps'> & { readonly occupancy: Occupancy };

const CONFIGURATION: Evidence = { configuration: true };

export function serviceProblems(service: Service, world: ServiceWorld): ServiceVerdict {
  const occupancy = new Occupancy();
  const { requested, problems: invalid } = readRequest(service);
  const concerned = requested.length > 0 ? requested.map(({ ip }) => ip) : service.held;
  // Values are compared, not texts: this runs over every Service of the cluster.
  const isWanted = (held: Ip) => concerned.some((ip) => ip.family === held.family && ip.value === held.value);
  for (const other of concerned.length === 0 ? [] : world.services) {
    for (const ip of other.held) if (isWanted(ip)) occupancy.place(other, ip);
  }
  const addressWorld = { ...world, occupancy };
  const found = [
    ...invalid,
    ...poolRequestProblems(service, world),
    ...familyProblems(service, world),
    ...requested.flatMap((request) => judgeAddress(service, request, addressWorld)),
    ...(requested.length > 0 ? [] : service.held.flatMap((ip) => sharingProblems(service, ip, occupancy))),
  ];
  const early = world.config.pools.length === 0;
  const waits = (problem: ServiceProblem) =>
    early && (problem.reason === 'AddressNotInPool' || problem.reason === 'PoolUnknown');
  return {
    problems: found.filter((problem) => !waits(problem)),
    warnings: [...found.filter(waits), ...keyWithoutRequest(service)],
  };
}

/** Whether the Service may have exactly this address. */
export function judgeAddress(service: Service, { ip, path }: Requested, world: AddressWorld): ServiceProblem[] {
  const refuse = (reason: Reason, message: string): ServiceProblem[] => [
    { reason, path, message: `${formatIp(ip)} ${message}`, evidence: CONFIGURATION },
  ];
  const { pools } = world.config;
  const pool = poolAround(pools, ip);
  if (!pool) return refuse('AddressNotInPool', `is in no pool${usablePools(service, world)}`);
  if (!isOffered(pool, ip) && isBuggyIp(ip)) {
    return refuse('AddressNotInPool', `ends in .0 or .255, which pool "${pool.name}" leaves out (avoid-buggy-ips)`);
  }
  if (!isAdmitted(pool, poolUser(service, world))) {
    return refuse(
      'PoolNotAllowed',
      `is in pool "${pool.name}", which is closed to this Service${usablePools(service, world)}`,
    );
  }
  if (service.requestedPool && pools.some(({ name }) => name === service.requestedPool?.text)) {
    const wanted = service.requestedPool.text;
    if (wanted !== pool.name)
      return refuse('AddressNotInPool', `is in pool "${pool.name}", not in "${wanted}" as address-pool asks`);
  }
  if (world.nodeIps.some((node) => node.family === ip.family && node.value === ip.value)) {
    return refuse('AddressNotInPool', 'is the address of a Node and is never handed out');
  }
  return conflictProblems(service, { ip, path }, world.occupancy);
}

/** An edit that breaks with those it shares its address with would push one of them off: who edits has to yield. */
function sharingProblems(service: Service, ip: Ip, occupancy: Occupancy): ServiceProblem[] {
  return conflictProblems(service, { ip, path: 'metadata.annotations' }, occupancy);
}

function conflictProblems(service: Service, { ip, path }: Requested, occupancy: Occupancy): ServiceProblem[] {
  return occupancy.conflictsOf(service, ip).map(({ reason, message, port, holder }) => {
    return {
      reason,
      path: port === undefined ? path : `spec.ports[${port}]`,
      message,
      evidence: { services: [holder] },
    };
  });
}

/** The pool that the address-pool annotation names must exist and be open to the Service. */
export function poolRequestProblems(service: Service, world: PoolWorld): ServiceProblem[] {
  if (!service.requestedPool) return [];
  const { path, text } = service.requestedPool;
  const pool = world.config.pools.find(({ name }) => name === text);
  if (!pool) {
    const names = world.config.pools.map(({ name }) => name);
    const message = `unknown pool "${text}"${suggestion(text, names)}${usablePools(service, world)}`;
    return [{ reason: 'PoolUnknown', path, message, evidence: CONFIGURATION }];
  }
  if (isAdmitted(pool, poolUser(service, world))) return [];
  return [
    {
      reason: 'PoolNotAllowed',
      path,
      message: `pool "${text}" is closed to this Service${usablePools(service, world)}`,
      evidence: CONFIGURATION,
    },
  ];
}

/** Without a request for an address: a pool of the families that the Service cannot do without must be open to it. */
function familyProblems(service: Service, world: PoolWorld): ServiceProblem[] {
  if (service.requests.length > 0 || !isDemanding(service)) return [];
  const open = openPools(service, world);
  if (open.length === 0 || poolsThatFit(service, open).length > 0) return [];
  const wanted = `${familyText(service)} addresses`;
  const { path, text } = service.requestedPool ?? { path: 'spec.ipFamilyPolicy', text: undefined };
  const message =
    text === undefined ? `no pool that is open to this Service has ${wanted}` : `pool "${text}" has no ${wanted}`;
  return [{ reason: 'FamilyMismatch', path, message, evidence: CONFIGURATION }];
}

/** `, this Service may use pool "a", "b"`: what to change the request to. */
function usablePools(service: Service, world: PoolWorld): string {
  const usable = world.config.pools.filter((pool: AddressPool) => isAdmitted(pool, poolUser(service, world)));
  if (usable.length === 0) return '; no pool is open to this Service';
  return `; this Service may use pool ${nameSome(usable.map(({ name }) => `"${name}"`).sort())}`;
}

function keyWithoutRequest(service: Service): Problem[] {
  if (service.sharingKey === '' || service.requests.length > 0) return [];
  const message = `allow-shared-ip "${service.sharingKey}" without a requested address does not guarantee a shared one`;
  return [{ path: 'metadata.annotations', message }];
}
