// Echo request and reply (RFC 792, RFC 4443 section 4) as raw sockets take and give them. Pure.
import type { Family } from '#core/ip.ts';
import { readUint16, writeUint16 } from './ethernet.ts';

export type Echo = {
  readonly id: number;
  readonly sequence: number;
  /** Comes back as it went; random, so that nobody can answer who did not hear. */
  readonly data: Uint8Array;
};

const HEADER_LENGTH = 8;
const TYPES = { 4: { request: 8, reply: 0 }, 6: { request: 128, reply: 129 } } as const;

/** The checksum of ICMPv6, which covers addresses, is the kernel's task (RFC 3542 section 3.1). */
export function encodeEcho(family: Family, { id, sequence, data }: Echo): Uint8Array {
  const message = new Uint8Array(HEADER_LENGTH + data.length);
  message[0] = TYPES[family].request;
  writeUint16(message, 4, id);
  writeUint16(message, 6, sequence);
  message.set(data, HEADER_LENGTH);
  if (family === 4) writeUint16(message, 2, checksumOf(message));
  return message;
}

/** IPv4 packets come with their header, IPv6 ones without. */
export function isReplyTo(family: Family, packet: Uint8Array, { id, sequence, data }: Echo): boolean {
  const start = family === 4 ? ((packet[0] ?? 0) & 0x0f) * 4 : 0;
  const message = packet.subarray(start);
  if (message.length !== HEADER_LENGTH + data.length) return false;
  if (message[0] !== TYPES[family].reply || message[1] !== 0) return false;
  if (readUint16(message, 4) !== id || readUint16(message, 6) !== sequence) return false;
  return data.every((octet, i) => message[HEADER_LENGTH + i] === octet);
}

/** RFC 1071, over an even number of octets. */
function checksumOf(message: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < message.length; i += 2) sum += readUint16(message, i);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
