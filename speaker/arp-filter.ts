// The kernel's own filter for ARP sockets: what it drops costs this process nothing.
import {
  ARP_REPLY,
  ARP_REQUEST,
  ETHERTYPE_ARP,
  HARDWARE_ETHERNET,
  HARDWARE_TYPE_OFFSET,
  LENGTHS,
  LENGTHS_OFFSET,
  OPERATION_OFFSET,
  PROTOCOL_IPV4,
  PROTOCOL_TYPE_OFFSET,
} from './arp.ts';
import { ETHERTYPE_OFFSET } from './ethernet.ts';
import { assemble, FOR_US, half, type Instruction } from './packet-filter.ts';

/** Passes ARP requests and replies for IPv4 over Ethernet. */
export function buildArpFilter(): Instruction[] {
  return assemble([
    ...FOR_US,
    half(ETHERTYPE_OFFSET, ETHERTYPE_ARP),
    half(HARDWARE_TYPE_OFFSET, HARDWARE_ETHERNET),
    half(PROTOCOL_TYPE_OFFSET, PROTOCOL_IPV4),
    half(LENGTHS_OFFSET, LENGTHS),
    half(OPERATION_OFFSET, ARP_REQUEST, ARP_REPLY),
  ]);
}
