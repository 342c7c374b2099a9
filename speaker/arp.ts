// ARP for IPv4 over Ethernet (RFC 826, RFC 5227). Addresses are 32-bit numbers here, so that a lookup needs no object.
import type { Ip } from '#core/ip.ts';
import { MAC_BROADCAST, MAC_ZERO } from '#core/mac.ts';
import {
  ETHERNET_HEADER_LENGTH,
  ETHERTYPE_OFFSET,
  encodeEthernet,
  MAC_LENGTH,
  readUint16,
  readUint32,
  writeUint16,
  writeUint32,
} from './ethernet.ts';

export const ETHERTYPE_ARP = 0x0806;
export const ARP_REQUEST = 1;
export const ARP_REPLY = 2;

export const HARDWARE_TYPE_OFFSET = ETHERNET_HEADER_LENGTH;
export const PROTOCOL_TYPE_OFFSET = HARDWARE_TYPE_OFFSET + 2;
export const LENGTHS_OFFSET = PROTOCOL_TYPE_OFFSET + 2;
export const OPERATION_OFFSET = LENGTHS_OFFSET + 2;
export const SENDER_MAC_OFFSET = OPERATION_OFFSET + 2;
const SENDER_IP_OFFSET = SENDER_MAC_OFFSET + MAC_LENGTH;
export const TARGET_MAC_OFFSET = SENDER_IP_OFFSET + 4;
const TARGET_IP_OFFSET = TARGET_MAC_OFFSET + MAC_LENGTH;
export const ARP_FRAME_LENGTH = TARGET_IP_OFFSET + 4;

export const HARDWARE_ETHERNET = 1;
export const PROTOCOL_IPV4 = 0x0800;
/** Hardware length 6 and protocol length 4, read as one number. */
export const LENGTHS = 0x0604;

export type ArpPacket = {
  readonly operation: number;
  readonly senderMac: Uint8Array;
  readonly senderIp: number;
  readonly targetMac: Uint8Array;
  readonly targetIp: number;
};

export type ArpProblem = 'TooShort' | 'EtherType' | 'HardwareType' | 'ProtocolType' | 'AddressLength' | 'Operation';

/** The first thing that makes these bytes no ARP request or reply for IPv4 over Ethernet; padding may follow. */
export function findArpProblem(frame: Uint8Array, length: number): ArpProblem | undefined {
  if (length < ARP_FRAME_LENGTH) return 'TooShort';
  if (readUint16(frame, ETHERTYPE_OFFSET) !== ETHERTYPE_ARP) return 'EtherType';
  if (readUint16(frame, HARDWARE_TYPE_OFFSET) !== HARDWARE_ETHERNET) return 'HardwareType';
  if (readUint16(frame, PROTOCOL_TYPE_OFFSET) !== PROTOCOL_IPV4) return 'ProtocolType';
  if (readUint16(frame, LENGTHS_OFFSET) !== LENGTHS) return 'AddressLength';
  const operation = operationOf(frame);
  return operation === ARP_REQUEST || operation === ARP_REPLY ? undefined : 'Operation';
}

/** The packet inside a whole Ethernet frame, or why there is none. */
export function decodeArp(frame: Uint8Array): ArpPacket | ArpProblem {
  return (
    findArpProblem(frame, frame.length) ?? {
      operation: operationOf(frame),
      senderMac: frame.slice(SENDER_MAC_OFFSET, SENDER_IP_OFFSET),
      senderIp: senderIpOf(frame),
      targetMac: frame.slice(TARGET_MAC_OFFSET, TARGET_IP_OFFSET),
      targetIp: targetIpOf(frame),
    }
  );
}

/** A whole frame from the packet's sender to `destination`. */
export function encodeArp(packet: ArpPacket, destination: Uint8Array): Uint8Array {
  const frame = new Uint8Array(ARP_FRAME_LENGTH);
  encodeEthernet(frame, { destination, source: packet.senderMac, etherType: ETHERTYPE_ARP });
  writeUint16(frame, HARDWARE_TYPE_OFFSET, HARDWARE_ETHERNET);
  writeUint16(frame, PROTOCOL_TYPE_OFFSET, PROTOCOL_IPV4);
  writeUint16(frame, LENGTHS_OFFSET, LENGTHS);
  writeUint16(frame, OPERATION_OFFSET, packet.operation);
  frame.set(packet.senderMac, SENDER_MAC_OFFSET);
  writeSenderIp(frame, packet.senderIp);
  frame.set(packet.targetMac, TARGET_MAC_OFFSET);
  writeTargetIp(frame, packet.targetIp);
  return frame;
}

/** Who has `targetIp`? Broadcast; sender 0 makes it a probe (RFC 5227 section 2.1.1). */
export function encodeArpRequest(mac: Uint8Array, senderIp: number, targetIp: number): Uint8Array {
  const packet = { operation: ARP_REQUEST, senderMac: mac, senderIp, targetMac: MAC_ZERO, targetIp };
  return encodeArp(packet, MAC_BROADCAST);
}

/** An announcement that nobody asked for: sender and target are the announced address. */
export function encodeGratuitousArp(mac: Uint8Array, ip: number, operation: number): Uint8Array {
  const packet = { operation, senderMac: mac, senderIp: ip, targetMac: MAC_BROADCAST, targetIp: ip };
  return encodeArp(packet, MAC_BROADCAST);
}

/** The number these frames carry for an IPv4 address. */
export function arpAddressOf(ip: Ip): number {
  return Number(ip.value);
}

export function operationOf(frame: Uint8Array): number {
  return readUint16(frame, OPERATION_OFFSET);
}

export function senderIpOf(frame: Uint8Array): number {
  return readUint32(frame, SENDER_IP_OFFSET);
}

export function targetIpOf(frame: Uint8Array): number {
  return readUint32(frame, TARGET_IP_OFFSET);
}

export function writeSenderIp(frame: Uint8Array, ip: number): void {
  writeUint32(frame, SENDER_IP_OFFSET, ip);
}

export function writeTargetIp(frame: Uint8Array, ip: number): void {
  writeUint32(frame, TARGET_IP_OFFSET, ip);
}
