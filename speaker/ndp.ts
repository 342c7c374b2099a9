// Neighbour solicitations and advertisements over Ethernet (RFC 4861 sections 4.3, 4.4, 7.1; RFC 2464 section 7).
import {
  DESTINATION_OFFSET,
  ETHERNET_HEADER_LENGTH,
  ETHERTYPE_OFFSET,
  encodeEthernet,
  MAC_LENGTH,
  readUint16,
  writeUint16,
} from './ethernet.ts';
import { sumMessage } from './internet-checksum.ts';

export const ETHERTYPE_IPV6 = 0x86dd;
export const ICMPV6 = 58;
export const SOLICITATION = 135;
export const ADVERTISEMENT = 136;
export const FLAG_SOLICITED = 0x40;
export const FLAG_OVERRIDE = 0x20;
export const IPV6_LENGTH = 16;

const PAYLOAD_LENGTH_OFFSET = ETHERNET_HEADER_LENGTH + 4;
export const NEXT_HEADER_OFFSET = PAYLOAD_LENGTH_OFFSET + 2;
const HOP_LIMIT_OFFSET = NEXT_HEADER_OFFSET + 1;
export const SOURCE_IP_OFFSET = HOP_LIMIT_OFFSET + 1;
export const DESTINATION_IP_OFFSET = SOURCE_IP_OFFSET + IPV6_LENGTH;
export const TYPE_OFFSET = DESTINATION_IP_OFFSET + IPV6_LENGTH;
const CHECKSUM_OFFSET = TYPE_OFFSET + 2;
export const FLAGS_OFFSET = CHECKSUM_OFFSET + 2;
export const TARGET_OFFSET = FLAGS_OFFSET + 4;
const OPTIONS_OFFSET = TARGET_OFFSET + IPV6_LENGTH;

/** Without options. */
const MESSAGE_LENGTH = OPTIONS_OFFSET - TYPE_OFFSET;
const OPTION_LENGTH = 8;
export const OPTION_SOURCE_MAC = 1;
const OPTION_TARGET_MAC = 2;
/** A router on the way would have counted it down (RFC 4861 section 7.1.1). */
const HOP_LIMIT = 255;
const VERSION_6 = 0x60;
const MULTICAST = 0xff;

/** ff02::1, all nodes of the link. */
export const ALL_NODES = Uint8Array.of(0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
const UNSPECIFIED = new Uint8Array(IPV6_LENGTH);
// ff02::1:ff00:0/104 (RFC 4291 section 2.7.1).
const SOLICITED_NODE_PREFIX = Uint8Array.of(0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff);

export type NdpProblem =
  | 'TooShort'
  | 'EtherType'
  | 'IpVersion'
  | 'NextHeader'
  | 'PayloadLength'
  | 'HopLimit'
  | 'MessageType'
  | 'MessageCode'
  | 'Checksum'
  | 'TargetMulticast'
  | 'OptionLength'
  | 'SourceIp'
  | 'DestinationIp'
  | 'ProbeOption';

export type NdpMessage = {
  readonly type: typeof SOLICITATION | typeof ADVERTISEMENT;
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly target: Uint8Array;
  /** 0 in a solicitation. */
  readonly flags: number;
  /** The link-layer address option: of the source in a solicitation, of the target in an advertisement. */
  readonly mac?: Uint8Array;
};

/** The first thing that makes these bytes no solicitation or advertisement a node may look at; padding may follow. */
export function findNdpProblem(frame: Uint8Array, length: number): NdpProblem | undefined {
  return findHeaderProblem(frame, length) ?? findMessageProblem(frame);
}

function findHeaderProblem(frame: Uint8Array, length: number): NdpProblem | undefined {
  if (length < OPTIONS_OFFSET) return 'TooShort';
  if (readUint16(frame, ETHERTYPE_OFFSET) !== ETHERTYPE_IPV6) return 'EtherType';
  if (((frame[ETHERNET_HEADER_LENGTH] ?? 0) & 0xf0) !== VERSION_6) return 'IpVersion';
  if (frame[NEXT_HEADER_OFFSET] !== ICMPV6) return 'NextHeader';
  const payload = payloadLengthOf(frame);
  if (payload < MESSAGE_LENGTH || payload > length - TYPE_OFFSET) return 'PayloadLength';
  return frame[HOP_LIMIT_OFFSET] === HOP_LIMIT ? undefined : 'HopLimit';
}

function findMessageProblem(frame: Uint8Array): NdpProblem | undefined {
  const type = typeOf(frame);
  if (type !== SOLICITATION && type !== ADVERTISEMENT) return 'MessageType';
  if (frame[TYPE_OFFSET + 1] !== 0) return 'MessageCode';
  const payload = payloadLengthOf(frame);
  if (sumMessage(frame, SOURCE_IP_OFFSET, { offset: TYPE_OFFSET, length: payload, next: ICMPV6 }) !== 0xffff)
    return 'Checksum';
  if (frame[TARGET_OFFSET] === MULTICAST) return 'TargetMulticast';
  if (!hasGoodOptions(frame, TYPE_OFFSET + payload)) return 'OptionLength';
  if (frame[SOURCE_IP_OFFSET] === MULTICAST) return 'SourceIp';
  const isUnspecified = isUnspecifiedIp(frame, SOURCE_IP_OFFSET);
  if (type === ADVERTISEMENT) return isUnspecified ? 'SourceIp' : undefined;
  return isUnspecified ? findProbeProblem(frame) : undefined;
}

/** A probe comes from `::` to the solicited-node group and carries no source address option (RFC 4861 7.1.1). */
function findProbeProblem(frame: Uint8Array): NdpProblem | undefined {
  for (let i = 0; i < SOLICITED_NODE_PREFIX.length; i++) {
    if (frame[DESTINATION_IP_OFFSET + i] !== SOLICITED_NODE_PREFIX[i]) return 'DestinationIp';
  }
  return findOption(frame, OPTION_SOURCE_MAC) === undefined ? undefined : 'ProbeOption';
}

/** Every option has a length, and together they fill the message. */
function hasGoodOptions(frame: Uint8Array, end: number): boolean {
  let at = OPTIONS_OFFSET;
  while (at + 1 < end) {
    const length = (frame[at + 1] ?? 0) * OPTION_LENGTH;
    if (length === 0) return false;
    at += length;
  }
  return at === end;
}

/** Where the first option of a kind starts, in a message without problems. */
export function findOption(frame: Uint8Array, kind: number): number | undefined {
  const end = TYPE_OFFSET + payloadLengthOf(frame);
  for (let at = OPTIONS_OFFSET; at < end; at += (frame[at + 1] || 1) * OPTION_LENGTH) {
    if (frame[at] === kind) return at;
  }
  return undefined;
}

export function typeOf(frame: Uint8Array): number {
  return frame[TYPE_OFFSET] ?? 0;
}

/** Duplicate address detection: the sender has no address yet. */
export function isUnspecifiedIp(frame: Uint8Array, offset: number): boolean {
  for (let i = 0; i < IPV6_LENGTH; i++) if (frame[offset + i] !== 0) return false;
  return true;
}

/** The message inside a whole Ethernet frame, or why there is none. */
export function decodeNdp(frame: Uint8Array): NdpMessage | NdpProblem {
  const problem = findNdpProblem(frame, frame.length);
  if (problem) return problem;
  const type = typeOf(frame) === SOLICITATION ? SOLICITATION : ADVERTISEMENT;
  const option = findOption(frame, macOptionOf(type));
  const ipAt = (offset: number) => frame.slice(offset, offset + IPV6_LENGTH);
  return {
    type,
    source: ipAt(SOURCE_IP_OFFSET),
    destination: ipAt(DESTINATION_IP_OFFSET),
    target: ipAt(TARGET_OFFSET),
    flags: type === SOLICITATION ? 0 : (frame[FLAGS_OFFSET] ?? 0),
    ...(option === undefined ? {} : { mac: frame.slice(option + 2, option + 2 + MAC_LENGTH) }),
  };
}

export type Stations = { readonly source: Uint8Array; readonly destination: Uint8Array };

/** A whole frame between two stations. */
export function encodeNdp(message: NdpMessage, stations: Stations): Uint8Array {
  const payload = MESSAGE_LENGTH + (message.mac ? OPTION_LENGTH : 0);
  const frame = new Uint8Array(TYPE_OFFSET + payload);
  encodeEthernet(frame, { ...stations, etherType: ETHERTYPE_IPV6 });
  frame[ETHERNET_HEADER_LENGTH] = VERSION_6;
  writeUint16(frame, PAYLOAD_LENGTH_OFFSET, payload);
  frame[NEXT_HEADER_OFFSET] = ICMPV6;
  frame[HOP_LIMIT_OFFSET] = HOP_LIMIT;
  frame.set(message.source, SOURCE_IP_OFFSET);
  frame.set(message.destination, DESTINATION_IP_OFFSET);
  frame[TYPE_OFFSET] = message.type;
  frame[FLAGS_OFFSET] = message.flags;
  frame.set(message.target, TARGET_OFFSET);
  if (message.mac) {
    frame[OPTIONS_OFFSET] = macOptionOf(message.type);
    frame[OPTIONS_OFFSET + 1] = 1;
    frame.set(message.mac, OPTIONS_OFFSET + 2);
  }
  writeChecksum(frame);
  return frame;
}

/** To everybody, asked by nobody: the target is at `mac` now (RFC 4861 section 7.2.6). */
export function encodeUnsolicitedNdp(mac: Uint8Array, target: Uint8Array): Uint8Array {
  const message = { source: target, destination: ALL_NODES, target, mac } as const;
  const stations = { source: mac, destination: multicastMacOf(ALL_NODES) };
  return encodeNdp({ ...message, type: ADVERTISEMENT, flags: FLAG_OVERRIDE }, stations);
}

/** The ICMPv6 message inside a frame that we made. */
export function messageOf(frame: Uint8Array): Uint8Array {
  return frame.subarray(TYPE_OFFSET);
}

/** Duplicate address detection (RFC 4862 section 5.4.2). */
export function encodeNdpProbe(mac: Uint8Array, target: Uint8Array): Uint8Array {
  const destination = solicitedNodeOf(target);
  const stations = { source: mac, destination: multicastMacOf(destination) };
  return encodeNdp({ type: SOLICITATION, source: UNSPECIFIED, destination, target, flags: 0 }, stations);
}

/** Fills in the checksum of a frame whose other fields are final. */
export function writeChecksum(frame: Uint8Array): void {
  writeUint16(frame, CHECKSUM_OFFSET, 0);
  const message = { offset: TYPE_OFFSET, length: payloadLengthOf(frame), next: ICMPV6 };
  writeUint16(frame, CHECKSUM_OFFSET, ~sumMessage(frame, SOURCE_IP_OFFSET, message) & 0xffff);
}

/** The group that solicitations for an address go to (RFC 4291 section 2.7.1). */
export function solicitedNodeOf(target: Uint8Array): Uint8Array {
  return Uint8Array.of(...SOLICITED_NODE_PREFIX, ...target.subarray(13, IPV6_LENGTH));
}

/** 33:33 and the last four octets (RFC 2464 section 7). */
export function multicastMacOf(group: Uint8Array): Uint8Array {
  return Uint8Array.of(0x33, 0x33, ...group.subarray(12, IPV6_LENGTH));
}

export function isMulticastMac(frame: Uint8Array): boolean {
  return frame[DESTINATION_OFFSET] === 0x33 && frame[DESTINATION_OFFSET + 1] === 0x33;
}

function payloadLengthOf(frame: Uint8Array): number {
  return readUint16(frame, PAYLOAD_LENGTH_OFFSET);
}

function macOptionOf(type: number): number {
  return type === SOLICITATION ? OPTION_SOURCE_MAC : OPTION_TARGET_MAC;
}
