// The ARP responder: one frame in, one reply out or the reason why none (RFC 826, RFC 5227).
import { MAC_BROADCAST } from '#core/mac.ts';
import {
  ARP_REPLY,
  ARP_REQUEST,
  type ArpProblem,
  encodeArp,
  findArpProblem,
  operationOf,
  SENDER_MAC_OFFSET,
  senderIpOf,
  TARGET_MAC_OFFSET,
  targetIpOf,
  writeSenderIp,
  writeTargetIp,
} from './arp.ts';
import { DESTINATION_OFFSET, equalsMac, isBroadcastMac, isStationMac, MAC_LENGTH, SOURCE_OFFSET } from './ethernet.ts';
import type { Iface } from './iface.ts';

export type DropReason =
  | ArpProblem
  | 'OwnFrame'
  | 'EthernetSource'
  | 'EthernetDestination'
  | 'SenderMac'
  | 'NotRequest'
  | 'NotOwned'
  | 'SenderIsOwned';

export type Respond = (frame: Uint8Array, length: number) => Uint8Array | DropReason;

/**
 * `isOwned` tells whether this node announces the address on this interface. The reply is valid until the next call.
 * A packet from an owned address is a claim by somebody else: answering would hand the claimer our traffic.
 */
export function createResponder(iface: Iface, isOwned: (ip: number) => boolean): Respond {
  const reply = encodeArp(
    { operation: ARP_REPLY, senderMac: iface.mac, senderIp: 0, targetMac: MAC_BROADCAST, targetIp: 0 },
    MAC_BROADCAST,
  );
  return (frame, length) => {
    const reason = findArpProblem(frame, length) ?? findMacProblem(frame, iface.mac);
    if (reason !== undefined) return reason;
    const sender = senderIpOf(frame);
    if (sender !== 0 && isOwned(sender)) return 'SenderIsOwned';
    if (operationOf(frame) !== ARP_REQUEST) return 'NotRequest';
    const target = targetIpOf(frame);
    if (!isOwned(target)) return 'NotOwned';
    for (let i = 0; i < MAC_LENGTH; i++) {
      const octet = frame[SENDER_MAC_OFFSET + i] ?? 0;
      reply[DESTINATION_OFFSET + i] = octet;
      reply[TARGET_MAC_OFFSET + i] = octet;
    }
    writeSenderIp(reply, target);
    writeTargetIp(reply, sender);
    return reply;
  };
}

function findMacProblem(frame: Uint8Array, mac: Uint8Array): DropReason | undefined {
  if (equalsMac(frame, SOURCE_OFFSET, mac) || equalsMac(frame, SENDER_MAC_OFFSET, mac)) return 'OwnFrame';
  if (!isStationMac(frame, SOURCE_OFFSET)) return 'EthernetSource';
  if (!isStationMac(frame, SENDER_MAC_OFFSET)) return 'SenderMac';
  const isForUs = isBroadcastMac(frame, DESTINATION_OFFSET) || equalsMac(frame, DESTINATION_OFFSET, mac);
  return isForUs ? undefined : 'EthernetDestination';
}
