// The kernel's tables of routes as /proc/net shows them, reduced to what decisions need: subnets on links, and gateways.
import { type Family, formatIp } from '#core/ip.ts';

/** `gateway` is absent where the destination is on the link. */
export type Route = { readonly cidr: string; readonly iface: string; readonly gateway?: string };

// linux/route.h and linux/ipv6_route.h.
const RTF_UP = 0x1;
const RTF_REJECT = 0x200;
const RTF_ANYCAST = 0x100000;
const RTF_CACHE = 0x1000000;
const RTF_LOCAL = 0x80000000;
const NOT_FOR_OTHERS = RTF_REJECT | RTF_ANYCAST | RTF_CACHE | RTF_LOCAL;

/** /proc/net/route: words of 32 bits in the machine's byte order, which is little-endian wherever this runs. */
export function parseRoutes(text: string): Route[] {
  const rows = rowsOf(text).slice(1);
  return rows.flatMap(([iface = '', destination = '', gateway = '', flags = '', , , , mask = '']) => {
    const bits = bitsOf(swap(mask));
    if (!isOfUse(Number.parseInt(flags, 16)) || bits === undefined) return [];
    return [routeOf(4, { iface, destination: swap(destination), bits, gateway: swap(gateway) })];
  });
}

/** /proc/net/ipv6_route: destination, length, source, its length, next hop, metric, counters, flags, interface. */
export function parseRoutes6(text: string): Route[] {
  return rowsOf(text).flatMap(([destination = '', length = '', , , gateway = '', , , , flags = '', iface = '']) => {
    const isWanted = isOfUse(Number.parseInt(flags, 16)) && !/^f[ef]/.test(destination);
    return isWanted ? [routeOf(6, { iface, destination, bits: Number.parseInt(length, 16), gateway })] : [];
  });
}

/** Subnets of links. A link without a length to its route (a tunnel that everything goes into) has none. */
export function onLink(routes: readonly Route[]): Route[] {
  return routes.filter(({ cidr, gateway }) => gateway === undefined && !cidr.endsWith('/0'));
}

/** Of the default route: the address, with its link where it is meaningless without; IPv4 goes first. */
export function defaultGateway(routes: readonly Route[]): string | undefined {
  const defaults = routes.filter(({ cidr, gateway }) => gateway !== undefined && cidr.endsWith('/0'));
  const chosen = defaults.find(({ cidr }) => cidr === '0.0.0.0/0') ?? defaults[0];
  if (chosen?.gateway === undefined) return undefined;
  return /^fe[89ab]/.test(chosen.gateway) ? `${chosen.gateway}%${chosen.iface}` : chosen.gateway;
}

function rowsOf(text: string): string[][] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => line.trim().split(/\s+/));
}

function isOfUse(flags: number): boolean {
  return (flags & RTF_UP) !== 0 && (flags & NOT_FOR_OTHERS) === 0;
}

type Parts = { readonly iface: string; readonly destination: string; readonly bits: number; readonly gateway: string };

function routeOf(family: Family, { iface, destination, bits, gateway }: Parts): Route {
  const format = (hex: string) => formatIp({ family, value: BigInt(`0x${hex}`) });
  const cidr = `${format(destination)}/${bits}`;
  return /^0*$/.test(gateway) ? { cidr, iface } : { cidr, iface, gateway: format(gateway) };
}

function swap(hex: string): string {
  return Buffer.from(hex, 'hex').reverse().toString('hex');
}

/** Undefined for a mask with holes. */
function bitsOf(mask: string): number | undefined {
  const text = Number.parseInt(mask, 16).toString(2).padStart(32, '0');
  return /^1*0*$/.test(text) ? text.lastIndexOf('1') + 1 : undefined;
}
