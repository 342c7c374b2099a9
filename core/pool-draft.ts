// What the two forms of pool configuration have in common: a pool on its way, and its address ranges.
import type { AddressPool, PoolRange } from '#core/pool.ts';
import type { ObjectId, Problem } from '#core/problem.ts';
import { formatRange, intersectRanges, parseRange, type Range } from '#core/range.ts';

/** `path` is where the pool's name stands. */
export type PoolDraft = { readonly pool: AddressPool; readonly path: string };

/** A draft with the object it comes from. */
export type SourcedPool = PoolDraft & { readonly object: ObjectId };

type RangesRead = { ranges: PoolRange[]; problems: Problem[]; warnings: Problem[] };

/** Ranges no host may use as an address of its own (RFC 1122, RFC 6890, RFC 4291). */
const NEVER_USABLE = [
  ['0.0.0.0/8', 'unspecified'],
  ['127.0.0.0/8', 'loopback'],
  ['224.0.0.0/4', 'multicast'],
  ['240.0.0.0/4', 'reserved (class E and limited broadcast)'],
  ['::/128', 'unspecified'],
  ['::1/128', 'loopback'],
  ['ff00::/8', 'multicast'],
].map(([text = '', name = '']) => ({ range: rangeOfCidr(text), name }));

/** Reads `addresses`; each problem and range carries its path `path[i]`. */
export function readRanges(addresses: readonly string[], path: string): RangesRead {
  const read: RangesRead = { ranges: [], problems: [], warnings: [] };
  if (addresses.length === 0) read.problems.push({ path, message: 'pool has no addresses, wanted at least one range' });
  for (const [i, text] of addresses.entries()) readOneRange(text, `${path}[${i}]`, read);
  return read;
}

function readOneRange(text: string, path: string, { ranges, problems, warnings }: RangesRead): void {
  const parsed = parseRange(text);
  if (!parsed.ok) {
    problems.push({ path, message: parsed.message });
    return;
  }
  const { range, masked } = parsed.value;
  const unusable = NEVER_USABLE.filter((special) => intersectRanges(special.range, range));
  for (const { range: special, name } of unusable) {
    problems.push({ path, message: `"${text}" includes ${name} addresses (${formatRange(special)})` });
  }
  if (unusable.length > 0) return;
  if (masked) warnings.push({ path, message: `"${text}" has host bits set and is read as ${formatRange(range)}` });
  ranges.push({ range, path });
}

function rangeOfCidr(text: string): Range {
  const parsed = parseRange(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.value.range;
}
