// Ranges that claim the same address, inside one pool, across pools and across the two forms of configuration.
import type { SourcedPool } from '#core/pool-draft.ts';
import { isSameObject, type ObjectId, type SourcedProblem } from '#core/problem.ts';
import { formatRange, intersectRanges, type Range } from '#core/range.ts';

type Claim = {
  readonly range: Range;
  readonly path: string;
  readonly pool: string;
  readonly object: ObjectId;
  /** Place in the order of definition: of two claims the later one is at fault. */
  readonly order: number;
};

/**
 * A sweep from the lowest address up: each range is held against the one that reaches furthest so far, so every
 * range that meets another is named once, and a thousand equal ranges make a thousand sentences, not a million.
 */
export function overlapProblems(pools: readonly SourcedPool[]): SourcedProblem[] {
  const claims = pools.flatMap(({ pool, object }) =>
    pool.ranges.map((range) => ({ ...range, pool: pool.name, object })),
  );
  const sorted = claims.map((claim, order) => ({ ...claim, order })).sort(compareClaims);
  const problems: SourcedProblem[] = [];
  let furthest: Claim | undefined;
  for (const claim of sorted) {
    const shared = furthest && intersectRanges(furthest.range, claim.range);
    if (furthest && shared) problems.push(problemBetween(furthest, claim, shared));
    if (!(shared && furthest) || claim.range.last > furthest.range.last) furthest = claim;
  }
  return problems;
}

function compareClaims({ range: a, order: left }: Claim, { range: b, order: right }: Claim): number {
  if (a.family !== b.family) return a.family - b.family;
  if (a.first !== b.first) return a.first < b.first ? -1 : 1;
  return left - right;
}

function problemBetween(a: Claim, b: Claim, shared: Range): SourcedProblem {
  const [owner, late] = a.order < b.order ? [a, b] : [b, a];
  const message = `${formatRange(shared)} is already in pool "${owner.pool}" (${owner.path})`;
  const evidence = isSameObject(owner.object, late.object) ? {} : { evidence: { configuration: true as const } };
  return { object: late.object, path: late.path, message, reason: 'Overlap', ...evidence };
}
