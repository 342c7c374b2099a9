// IP addresses as values: a family and a number. Text only at the edges (RFC 4291 in, RFC 5952 out).
import { isIP } from 'node:net';

export type Family = 4 | 6;

/** One address; `value` has 32 bits for family 4 and 128 for family 6. */
export type Ip = { readonly family: Family; readonly value: bigint };

const MAPPED_PREFIX = 0xffffn << 32n;

/** Reads an address strictly (no zone, no leading zeros); an IPv4-mapped one is IPv4, as Go reads it. */
export function parseIp(text: string): Ip | undefined {
  if (text.includes('%')) return undefined;
  const family = isIP(text);
  if (family === 4) return { family: 4, value: parseIpv4(text) };
  if (family !== 6) return undefined;
  const value = parseIpv6(text);
  return value >> 32n === MAPPED_PREFIX >> 32n ? { family: 4, value: value & 0xffff_ffffn } : { family: 6, value };
}

/** The canonical text: dotted decimal, or RFC 5952. */
export function formatIp(ip: Ip): string {
  return ip.family === 4 ? formatIpv4(ip.value) : formatIpv6(ip.value);
}

/** Orders by family, then by value. */
export function compareIps(a: Ip, b: Ip): number {
  if (a.family !== b.family) return a.family - b.family;
  if (a.value === b.value) return 0;
  return a.value < b.value ? -1 : 1;
}

/** Network byte order: 4 or 16 bytes. */
export function encodeIp(ip: Ip): Uint8Array {
  const bytes = new Uint8Array(ip.family === 4 ? 4 : 16);
  for (let i = bytes.length - 1, rest = ip.value; i >= 0; i--, rest >>= 8n) bytes[i] = Number(rest & 0xffn);
  return bytes;
}

function parseIpv4(text: string): bigint {
  return text.split('.').reduce((value, octet) => value * 256n + BigInt(octet), 0n);
}

function parseIpv6(text: string): bigint {
  const [head = '', tail] = expandDotted(text).split('::');
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const zeros = new Array<string>(8 - left.length - right.length).fill('0');
  return [...left, ...zeros, ...right].reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}

function expandDotted(text: string): string {
  const colon = text.lastIndexOf(':');
  if (!text.includes('.')) return text;
  const value = parseIpv4(text.slice(colon + 1));
  return `${text.slice(0, colon + 1)}${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`;
}

function groups(text: string): string[] {
  return text === '' ? [] : text.split(':');
}

function formatIpv4(value: bigint): string {
  const bits = Number(value);
  return `${bits >>> 24}.${(bits >>> 16) & 0xff}.${(bits >>> 8) & 0xff}.${bits & 0xff}`;
}

function formatIpv6(value: bigint): string {
  const words = wordsOf(value);
  const { start, length } = longestZeroRun(words);
  if (length < 2) return hexText(words, 0, 8);
  return `${hexText(words, 0, start)}::${hexText(words, start + length, 8)}`;
}

/** Eight groups of 16 bits. */
function wordsOf(value: bigint): number[] {
  const words: number[] = [];
  for (let shift = 96n; shift >= 0n; shift -= 32n) {
    const part = Number((value >> shift) & 0xffff_ffffn);
    words.push(part >>> 16, part & 0xffff);
  }
  return words;
}

function hexText(words: readonly number[], from: number, to: number): string {
  let text = '';
  for (let i = from; i < to; i++) text += (i === from ? '' : ':') + (words[i] ?? 0).toString(16);
  return text;
}

function longestZeroRun(words: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < words.length; start++) {
    let length = 0;
    while (words[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
    // The rest of a run is shorter.
    start += length;
  }
  return best;
}

/** A key for maps: numbers for IPv4 and bigints for IPv6 never meet, and cost less than text. */
export function keyOfIp({ family, value }: Ip): number | bigint {
  return family === 4 ? Number(value) : value;
}

export function isSameIp(a: Ip, b: Ip): boolean {
  return a.family === b.family && a.value === b.value;
}
