// What the links of a node reach, and whether that is enough to announce an address there. Pure.
import type { Ip } from '#core/ip.ts';
import { isInRange, parseRange, type Range } from '#core/range.ts';
import type { OnLinkPrefix, Standing } from './heartbeat/standing.ts';
import { isUp, type LinkFacts } from './iface.ts';
import { onLink, type Route } from './routes.ts';

/** Subnets of links that are not excluded, once each, with carrier when one of their links has it. */
export function prefixesOf(routes: readonly Route[], links: readonly LinkFacts[]): OnLinkPrefix[] {
  const carrierOf = new Map(links.map((link) => [link.name, isUp(link) && link.carrier]));
  const prefixes = new Map<string, boolean>();
  for (const { cidr, iface } of onLink(routes)) {
    const carrier = carrierOf.get(iface);
    if (carrier !== undefined) prefixes.set(cidr, carrier || prefixes.get(cidr) === true);
  }
  return Array.from(prefixes, ([cidr, carrier]) => ({ cidr, carrier })).sort((a, b) => (a.cidr < b.cidr ? -1 : 1));
}

/** A link that is set down loses its routes, while its subnet is as cut off as without carrier: they are kept until it is up. */
export function keepRoutes(before: readonly Route[], now: readonly Route[], links: readonly LinkFacts[]): Route[] {
  const down = new Set(links.filter((link) => !isUp(link)).map(({ name }) => name));
  return [...now, ...before.filter(({ iface }) => down.has(iface))];
}

type Subnet = { readonly range: Range; readonly carrier: boolean };

/** The standings of nodes, ready to be asked about many addresses. */
export class Reach {
  readonly #ifaces: ReadonlyMap<string, readonly string[] | undefined>;
  readonly #subnets: ReadonlyMap<string, readonly Subnet[]>;
  /** Where a subnet begins, or has just ended, by family: between two of them all addresses are alike. */
  readonly #bounds: { readonly 4: readonly bigint[]; readonly 6: readonly bigint[] };

  constructor(standings: ReadonlyMap<string, Standing>) {
    this.#ifaces = new Map(Array.from(standings, ([node, { ifaces }]) => [node, ifaces]));
    this.#subnets = new Map(Array.from(standings, ([node, { prefixes = [] }]) => [node, prefixes.flatMap(subnetOf)]));
    const ranges = Array.from(this.#subnets.values()).flatMap((subnets) => subnets.map(({ range }) => range));
    this.#bounds = { 4: boundsOf(ranges.filter(isIpv4)), 6: boundsOf(ranges.filter((range) => !isIpv4(range))) };
  }

  /** The same number for addresses of a family that are in the same subnets. */
  zoneOf({ family, value }: Ip): number {
    const bounds = this.#bounds[family];
    let [low, high] = [0, bounds.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((bounds[middle] ?? 0n) <= value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** `wanted` are the interfaces the address may be announced on, undefined for all. What a node does not tell counts as able. */
  isAble(node: string, ip: Ip, wanted: readonly string[] | undefined): boolean {
    const ifaces = this.#ifaces.get(node);
    if (ifaces && !(wanted ?? ifaces).some((name) => ifaces.includes(name))) return false;
    const around = (this.#subnets.get(node) ?? []).filter(({ range }) => isInRange(range, ip));
    return around.length === 0 || around.some(({ carrier }) => carrier);
  }
}

/** A single address is no subnet that clients could be in. */
function subnetOf({ cidr, carrier }: OnLinkPrefix): Subnet[] {
  const read = parseRange(cidr);
  return read.ok && read.value.range.first !== read.value.range.last ? [{ range: read.value.range, carrier }] : [];
}

function isIpv4({ family }: Range): boolean {
  return family === 4;
}

function boundsOf(ranges: readonly Range[]): bigint[] {
  const bounds = new Set(ranges.flatMap(({ first, last }) => [first, last + 1n]));
  return [...bounds].sort((a, b) => Number(a > b) - Number(a < b));
}
