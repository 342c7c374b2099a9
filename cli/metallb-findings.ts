// A MetalLB that lives beside us, and what one left: both would be in the way of a program that starts now. Pure.
import { BESIDE_METALLB, describeObstacles, type Obstacle } from '#core/metallb.ts';
import type { Finding } from './finding.ts';
import type { Snapshot } from './snapshot.ts';

const RUNS = 'MetalLB runs in the same namespace, and no program of Arpeggio starts beside it';
const STAYS = "MetalLB's registration refuses pools while nobody serves it, and the webhook does not start beside it";

/** The programs themselves look at their start only. */
export function metalLbFindings({ metalLb: { live, left } }: Snapshot): Finding[] {
  return [...found('error', RUNS, live), ...found('warning', STAYS, left)];
}

function found(level: Finding['level'], what: string, obstacles: readonly Obstacle[]): Finding[] {
  if (obstacles.length === 0) return [];
  return [{ level, reason: BESIDE_METALLB, message: `${what}: ${describeObstacles(obstacles)}` }];
}
