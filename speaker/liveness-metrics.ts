// What the heartbeats found out, counted: how often others came, went and were wrongly taken for dead, and how often this
// process stood still.
import { Counter, type Registry } from 'prom-client';
import type { Verdict } from './heartbeat/liveness.ts';

export type LivenessMetrics = {
  countVerdict(kind: Verdict['kind']): void;
  countStall(ms: number): void;
  countAccusation(): void;
};

const KINDS: readonly Verdict['kind'][] = ['joined', 'left', 'died', 'returned'];

export function openLivenessMetrics(registry: Registry): LivenessMetrics {
  const registers = [registry];
  const verdicts = new Counter({
    name: 'arpeggio_peer_verdicts_total',
    help: 'Other speakers that joined, left, died, or returned after they were taken for dead',
    labelNames: ['kind'],
    registers,
  });
  // A counter that begins at its first death has no increase to be seen.
  for (const kind of KINDS) verdicts.inc({ kind }, 0);
  const stalls = new Counter({
    name: 'arpeggio_stalls_total',
    help: 'Times the heartbeat thread got no CPU for longer than its peers may tolerate',
    registers,
  });
  const stalled = new Counter({
    name: 'arpeggio_stalled_seconds_total',
    help: 'Time the heartbeat thread lost in those stalls',
    registers,
  });
  const accusations = new Counter({
    name: 'arpeggio_accusations_total',
    help: 'Times a peer took this node for dead while it lived',
    registers,
  });
  return {
    countVerdict: (kind) => verdicts.inc({ kind }),
    countStall(ms) {
      stalls.inc();
      stalled.inc(ms / 1_000);
    },
    countAccusation: () => accusations.inc(),
  };
}
