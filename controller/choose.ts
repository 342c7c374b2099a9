// Which addresses one Service gets: what it asked for, else the first pool that offers what its families need.
import type { Family, Ip } from '#core/ip.ts';
import { type AddressPool, isOffered, poolOf } from '#core/pool.ts';
import type { Reason } from '#core/problem.ts';
import { readRequest } from '#core/request.ts';
import { familyText, openPools, poolsThatFit, wantedFamilies } from '#core/rules/pool-choice.ts';
import { judgeAddress, poolRequestProblems } from '#core/rules/service-rules.ts';
import type { Service } from '#core/service.ts';
import type { Ledger } from './ledger.ts';

export type Choice =
  | { readonly ok: true; readonly ips: readonly Ip[] }
  | { readonly ok: false; readonly reason: Reason; readonly messages: readonly string[] };

const NAMED_MOST = 5;

export function chooseAddresses(service: Service, ledger: Ledger): Choice {
  const { requested, problems } = readRequest(service);
  const refusals = [
    ...problems,
    ...poolRequestProblems(service, ledger.world),
    ...requested.flatMap((request) => judgeAddress(service, request, ledger.world)),
  ];
  const [first] = refusals;
  if (first) return refuse(first.reason, ...refusals.map(({ message }) => message));
  if (requested.length > 0) return { ok: true, ips: requested.map(({ ip }) => ip) };
  return chooseFromPools(service, ledger);
}

/** The address of the family that is still missing, from the pool the Service is already in. */
export function chooseAdditional(service: Service, have: Ip, ledger: Ledger): Choice {
  const pool = poolOf(ledger.world.config.pools, have);
  const family = service.families.find((one) => one !== have.family);
  if (!pool || family === undefined) return { ok: true, ips: [] };
  const extra = chooseOne(service, pool, { family, ledger });
  if (extra) return { ok: true, ips: [extra] };
  if (pool.ranges.some(({ range }) => range.family === family))
    return refuse('PoolExhausted', `no free IPv${family} address is left in pool "${pool.name}"`);
  return refuse('FamilyMismatch', `pool "${pool.name}" has no IPv${family} addresses`);
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
  const fitting = poolsThatFit(service, open);
  if (fitting.length > 0) return refuse('PoolExhausted', `no free address is left in pool ${poolText(fitting)}`);
  return refuse('FamilyMismatch', `pool ${poolText(open)} has no ${familyText(service)} addresses in one pool`);
}

function poolText(pools: readonly AddressPool[]): string {
  const names = pools.slice(0, NAMED_MOST).map(({ name }) => `"${name}"`);
  const left = pools.length - names.length;
  return names.join(', ') + (left > 0 ? ` and ${left} more` : '');
}

function refuse(reason: Reason, ...messages: string[]): Choice {
  return { ok: false, reason, messages };
}
