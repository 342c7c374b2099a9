// What speaks against a node's announcing without forbidding it: such a node is passed over while a better one is there, and
// stays the last resort (docs/adr/0008). Pure.
import type { Candidate } from './elect.ts';
import type { Standing } from './heartbeat/standing.ts';

/** Sums of the two below; nodes that nothing speaks against are absent. */
export type Objections = ReadonlyMap<string, number>;

/** It forwards all the same, so it goes before a node without an uplink. */
const DRAINING = 1;
const UPLINK_DOWN = 2;

/** `standings` of live speakers: an uplink counts as down only while another's is not, or the gateway is what is down. */
export function objectionsTo(standings: ReadonlyMap<string, Standing>): Objections {
  const someUp = Array.from(standings.values()).some(({ uplink }) => uplink !== 'down');
  const all = Array.from(standings, ([node, { draining, uplink }]): [string, number] => [
    node,
    (draining ? DRAINING : 0) + (someUp && uplink === 'down' ? UPLINK_DOWN : 0),
  ]);
  return new Map(all.filter(([, sum]) => sum > 0));
}

/** Those that the least speaks against. */
export function leastObjectionable(candidates: readonly Candidate[], objections: Objections): readonly Candidate[] {
  if (objections.size === 0) return candidates;
  let best: Candidate[] = [];
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const sum = objections.get(candidate.node) ?? 0;
    if (sum > least) continue;
    if (sum < least) best = [];
    least = sum;
    best.push(candidate);
  }
  return best;
}

/** Why a candidate stands behind another one, if it does. */
export function objectionTo(
  node: string,
  other: string,
  objections: Objections,
): 'draining' | 'uplinkDown' | undefined {
  const sum = objections.get(node) ?? 0;
  const otherSum = objections.get(other) ?? 0;
  if (sum <= otherSum) return undefined;
  return (sum & ~otherSum & UPLINK_DOWN) === 0 ? 'draining' : 'uplinkDown';
}
