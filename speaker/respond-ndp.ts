// The NDP responder: one frame in, one reply out or the reason why none (RFC 4861 sections 7.1.1 and 7.2.4).
import { DESTINATION_OFFSET, equalsMac, isStationMac, MAC_LENGTH, SOURCE_OFFSET } from './ethernet.ts';
import type { Iface } from './iface.ts';
import {
  ADVERTISEMENT,
  ALL_NODES,
  DESTINATION_IP_OFFSET,
  encodeNdp,
  FLAG_OVERRIDE,
  FLAG_SOLICITED,
  FLAGS_OFFSET,
  findNdpProblem,
  findOption,
  IPV6_LENGTH,
  isMulticastMac,
  isUnspecifiedIp,
  multicastMacOf,
  type NdpProblem,
  OPTION_SOURCE_MAC,
  SOLICITATION,
  SOURCE_IP_OFFSET,
  TARGET_OFFSET,
  typeOf,
  writeChecksum,
} from './ndp.ts';

export type NdpDropReason =
  | NdpProblem
  | 'OwnFrame'
  | 'EthernetSource'
  | 'EthernetDestination'
  | 'SenderMac'
  | 'NotRequest'
  | 'NotOwned'
  | 'SenderIsOwned';

export type NdpRespond = (frame: Uint8Array, length: number) => Uint8Array | NdpDropReason;

/** Whether the address at an offset of a frame is announced here. */
export type IsOwnedAt = (frame: Uint8Array, offset: number) => boolean;

const ALL_NODES_MAC = multicastMacOf(ALL_NODES);
const NOBODY = new Uint8Array(IPV6_LENGTH);

/**
 * The reply is valid until the next call. It goes back to the station that asked; a probe from `::` is answered to all
 * nodes, so that duplicate address detection elsewhere works. An advertisement of an owned address, or a solicitation
 * from one, is a claim by somebody else.
 */
export function createNdpResponder(iface: Iface, isOwned: IsOwnedAt): NdpRespond {
  const reply = encodeNdp(
    { type: ADVERTISEMENT, source: NOBODY, destination: NOBODY, target: NOBODY, flags: 0, mac: iface.mac },
    { source: iface.mac, destination: ALL_NODES_MAC },
  );
  return (frame, length) => {
    const reason = findNdpProblem(frame, length) ?? findMacProblem(frame, iface.mac);
    if (reason !== undefined) return reason;
    const isSolicitation = typeOf(frame) === SOLICITATION;
    if (isOwned(frame, isSolicitation ? SOURCE_IP_OFFSET : TARGET_OFFSET)) return 'SenderIsOwned';
    if (!isSolicitation) return 'NotRequest';
    if (!isOwned(frame, TARGET_OFFSET)) return 'NotOwned';
    address(reply, frame);
    copyOctets(frame, TARGET_OFFSET, { to: reply, at: SOURCE_IP_OFFSET, length: IPV6_LENGTH });
    copyOctets(frame, TARGET_OFFSET, { to: reply, at: TARGET_OFFSET, length: IPV6_LENGTH });
    writeChecksum(reply);
    return reply;
  };
}

/** To whom the reply goes, and whether it says that it was asked for. */
function address(reply: Uint8Array, frame: Uint8Array): void {
  if (isUnspecifiedIp(frame, SOURCE_IP_OFFSET)) {
    reply.set(ALL_NODES_MAC, DESTINATION_OFFSET);
    reply.set(ALL_NODES, DESTINATION_IP_OFFSET);
    reply[FLAGS_OFFSET] = FLAG_OVERRIDE;
  } else {
    copyOctets(frame, SOURCE_OFFSET, { to: reply, at: DESTINATION_OFFSET, length: MAC_LENGTH });
    copyOctets(frame, SOURCE_IP_OFFSET, { to: reply, at: DESTINATION_IP_OFFSET, length: IPV6_LENGTH });
    reply[FLAGS_OFFSET] = FLAG_OVERRIDE | FLAG_SOLICITED;
  }
}

function findMacProblem(frame: Uint8Array, mac: Uint8Array): NdpDropReason | undefined {
  if (equalsMac(frame, SOURCE_OFFSET, mac)) return 'OwnFrame';
  if (!isStationMac(frame, SOURCE_OFFSET)) return 'EthernetSource';
  const option = findOption(frame, OPTION_SOURCE_MAC);
  if (option !== undefined && equalsMac(frame, option + 2, mac)) return 'OwnFrame';
  if (option !== undefined && !isStationMac(frame, option + 2)) return 'SenderMac';
  const isForUs = isMulticastMac(frame) || equalsMac(frame, DESTINATION_OFFSET, mac);
  return isForUs ? undefined : 'EthernetDestination';
}

type Place = { readonly to: Uint8Array; readonly at: number; readonly length: number };

/** Without the view that `subarray` would allocate. */
function copyOctets(from: Uint8Array, offset: number, { to, at, length }: Place): void {
  for (let i = 0; i < length; i++) to[at + i] = from[offset + i] ?? 0;
}
