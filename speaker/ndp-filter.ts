// The kernel's own filter for NDP sockets: all other IPv6 traffic of the node costs this process nothing.
import { ETHERTYPE_OFFSET } from './ethernet.ts';
import { ADVERTISEMENT, ETHERTYPE_IPV6, ICMPV6, NEXT_HEADER_OFFSET, SOLICITATION, TYPE_OFFSET } from './ndp.ts';
import { assemble, byte, FOR_US, half, type Instruction } from './packet-filter.ts';

/** Passes neighbour solicitations and advertisements that stand directly behind the IPv6 header, as they must. */
export function buildNdpFilter(): Instruction[] {
  return assemble([
    ...FOR_US,
    half(ETHERTYPE_OFFSET, ETHERTYPE_IPV6),
    byte(NEXT_HEADER_OFFSET, ICMPV6),
    byte(TYPE_OFFSET, SOLICITATION, ADVERTISEMENT),
  ]);
}
