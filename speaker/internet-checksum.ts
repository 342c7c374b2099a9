// The Internet checksum (RFC 1071) of an upper-layer message under the IPv6 pseudo-header (RFC 8200 section 8.1).
import { readUint16 } from './ethernet.ts';

export type Span = { readonly offset: number; readonly length: number };

const ADDRESSES_LENGTH = 32;

/**
 * The one's complement sum, folded to 16 bits, of pseudo-header and message. Source and destination stand together at
 * `addresses`. A message whose checksum field is right sums to 0xffff.
 */
export function sumMessage(frame: Uint8Array, addresses: number, message: Span & { readonly next: number }): number {
  let sum = message.length + message.next;
  sum += sumWords(frame, addresses, ADDRESSES_LENGTH);
  sum += sumWords(frame, message.offset, message.length);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum;
}

/** An odd last octet counts as if a zero followed it. Lengths of a frame keep the sum below 32 bits. */
function sumWords(bytes: Uint8Array, offset: number, length: number): number {
  let sum = 0;
  for (let i = 0; i + 1 < length; i += 2) sum += readUint16(bytes, offset + i);
  return (length & 1) === 0 ? sum : sum + ((bytes[offset + length - 1] ?? 0) << 8);
}
