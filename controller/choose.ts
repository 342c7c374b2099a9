// Which addresses one Service gets: what it asked for, else the first pool that offers what its families need.
import { type Family, formatIp, type Ip } from '#core/ip.ts';
import { type AddressPool, isOffered, poolOf } from '#core/pool.ts';
import type { Reason } from '#core/problem.ts';
import { readRequest } from '#core/request.ts';
import { openPools, wantedFamilies } from '#core/rules/pool-choice.ts';
import { judgeAddress, poolRequestProblems } from '#core/rules/service-rules.ts';
import type { Service } from '#core/service.ts';
import type { Ledger } from './ledger.ts';

export type Choice =
  | { readonly ok: true; readonly ips: readonly Ip[] }
  | { readonly ok: false; readonly reason: Reason; readonly message: string };

export function chooseAddresses(service: Service, ledger: Ledger): Choice {
  const { requested, problems } = readRequest(service);
  const refusals = [
    ...problems,
    ...poolRequestProblems(service, ledger.world),
    ...requested.flatMap((request) => judgeAddress(service, request, ledger.world)),
  ];
  const [first] = refusals;
  if (first) return refuse(first.reason, refusals.map(({ message }) => message).join('; '));
  if (requested.length > 0) return { ok: true, ips: requested.map(({ ip }) => ip) };
  return chooseFromPools(service, ledger);
}

/** An address of the family that is still missing, from the pool the Service is already in. */
export function chooseAdditional(service: Service, have: Ip, ledger: Ledger): Ip | undefined {
  const pool = poolOf(ledger.world.config.pools, have);
  const missing = service.families.find((family) => family !== have.family);
  return pool && missing !== undefined ? chooseOne(service, pool, { family: missing, ledger }) : undefined;
}

function chooseFromPools(service: Service, ledger: Ledger): Choice {
  const { pools } = ledger.world.config;
  if (pools.length === 0) return refuse('NoPool', 'no address pool is configured');
  const open = openPools(service, ledger.world);
  if (open.length === 0)
    return refuse('PoolNotAllowed', 'no pool that assigns addresses by itself is open to this Service');
  for (const families of wantedFamilies(service)) {
    for (const pool of open) {
      const ips = families.map((family) => chooseOne(service, pool, { family, ledger }));
      if (ips.every((ip) => ip !== undefined)) return { ok: true, ips };
    }
  }
  return explainFailure(service, open);
}

type Need = { readonly family: Family; readonly ledger: Ledger };

/** With a sharing key the addresses where it already lives come first. */
function chooseOne(service: Service, pool: AddressPool, { family, ledger }: Need): Ip | undefined {
  const { occupancy } = ledger.world;
  if (service.sharingKey !== '') {
    for (const ip of occupancy.ipsWithKey(service.sharingKey)) {
      const isOurs = ip.family === family && isOffered(pool, ip) && ledger.isGivable(ip);
      if (isOurs && occupancy.admits(service, ip)) return ip;
    }
  }
  return ledger.lowestFree(pool, family);
}

function explainFailure(service: Service, open: readonly AddressPool[]): Choice {
  const families = wantedFamilies(service).at(-1) ?? [];
  const offers = (pool: AddressPool) =>
    families.every((family) => pool.ranges.some(({ range }) => range.family === family));
  const fitting = open.filter(offers);
  const names = (pools: readonly AddressPool[]) => pools.map(({ name }) => `"${name}"`).join(', ');
  if (fitting.length > 0) return refuse('PoolExhausted', `no free address is left in pool ${names(fitting)}`);
  const wanted = families.map((family) => `IPv${family}`).join(' and ');
  return refuse('FamilyMismatch', `pool ${names(open)} has no ${wanted} addresses in one pool`);
}

function refuse(reason: Reason, message: string): Choice {
  return { ok: false, reason, message };
}

/** `10.0.0.1, fd00::1`: how addresses are named in messages. */
export function addressText(ips: readonly Ip[]): string {
  return ips.map(formatIp).join(', ');
}
