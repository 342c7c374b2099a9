// Address ranges: both ends inclusive, one family. Read from "CIDR" or "first-last" as MetalLB writes them.
import { compareIps, type Family, formatIp, type Ip, parseIp } from '#core/ip.ts';
import { failure, type Result, success } from '#core/result.ts';

export type Range = { readonly family: Family; readonly first: bigint; readonly last: bigint };

/** A range as written; `masked` when the CIDR had host bits set, which are dropped. */
export type ParsedRange = { readonly range: Range; readonly masked: boolean };

/** Reads `10.0.0.0/24`, `10.0.0.1-10.0.0.9` (spaces around the dash allowed) and the same in IPv6. */
export function parseRange(text: string): Result<ParsedRange> {
  if (text.includes('/')) return parseCidr(text);
  const single = parseIp(text.trim());
  if (single) return failure(`"${text}" is a single address, wanted "${formatIp(single)}/${widthOf(single)}"`);
  const [left, right, ...rest] = text.split('-').map((side) => side.trim());
  if (left === undefined || right === undefined || rest.length > 0) return failure(notARange(text));
  const first = parseIp(left);
  const last = parseIp(right);
  if (!(first && last)) return failure(notARange(text));
  if (first.family !== last.family) return failure(`"${text}" mixes IPv4 and IPv6, wanted one family`);
  if (compareIps(first, last) > 0) {
    return failure(`"${text}" is reversed, wanted "${formatIp(last)}-${formatIp(first)}"`);
  }
  return success({ range: { family: first.family, first: first.value, last: last.value }, masked: false });
}

/** `first-last`, or the address alone when the range has just one. */
export function formatRange(range: Range): string {
  const first = formatIp({ family: range.family, value: range.first });
  return range.first === range.last ? first : `${first}-${formatIp({ family: range.family, value: range.last })}`;
}

/** The addresses in both, if any. */
export function intersectRanges(a: Range, b: Range): Range | undefined {
  if (a.family !== b.family) return undefined;
  const first = a.first > b.first ? a.first : b.first;
  const last = a.last < b.last ? a.last : b.last;
  return first <= last ? { family: a.family, first, last } : undefined;
}

export function isInRange(range: Range, ip: Ip): boolean {
  return range.family === ip.family && range.first <= ip.value && ip.value <= range.last;
}

function parseCidr(text: string): Result<ParsedRange> {
  const [address = '', bits = '', ...rest] = text.split('/');
  const ip = parseIp(address);
  if (!ip || rest.length > 0 || !/^(0|[1-9][0-9]{0,2})$/.test(bits)) return failure(notARange(text));
  // An IPv4-mapped address counts as IPv4; its prefix is written for 128 bits.
  const prefix = Number(bits) - (ip.family === 4 && address.includes(':') ? 96 : 0);
  const width = widthOf(ip);
  if (prefix < 0 || prefix > width) return failure(notARange(text));
  const size = 1n << BigInt(width - prefix);
  const first = ip.value - (ip.value % size);
  return success({ range: { family: ip.family, first, last: first + size - 1n }, masked: first !== ip.value });
}

/** Bits. */
function widthOf({ family }: Ip): number {
  return family === 4 ? 32 : 128;
}

function notARange(text: string): string {
  return `"${text}" is neither a CIDR nor a first-last range`;
}
