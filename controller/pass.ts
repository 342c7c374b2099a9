// One pass of the controller: gather the world, decide on the whole of it, write what differs.
import type { Cluster } from '#platform/cluster.ts';
import type { ConfigSource } from '#platform/config-source.ts';
import type { EventRecorder } from '#platform/events.ts';
import type { Lease } from '#platform/lease.ts';
import type { Log } from '#platform/log.ts';
import { allocate, type Decision } from './allocate.ts';
import { applyPoolStatuses, applyWrites, removeConflicts } from './apply.ts';
import { type Caches, conflictsOf, gather, isSynced } from './gather.ts';
import type { AllocationMetrics } from './metrics.ts';
import { planPoolStatuses } from './pool-status.ts';
import { planRelease, planWrite, type StatusWrite } from './status.ts';

export type PassOptions = {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly caches: Caches;
  readonly source: ConfigSource;
  readonly lease: Lease;
  readonly loadBalancerClass: string | undefined;
  readonly metrics: AllocationMetrics;
  readonly log: Log;
  readonly recordEvent: EventRecorder;
  readonly signal: AbortSignal;
  /** Called when the world is worth another look although nothing was heard: a stranger expired, a write met a conflict. */
  readonly lookAgain: () => void;
};

export function openPass(options: PassOptions): () => Promise<void> {
  const { caches, source, lease, signal } = options;
  let timer: NodeJS.Timeout | undefined;
  signal.addEventListener('abort', () => clearTimeout(timer));

  return async () => {
    const config = source.current();
    if (!lease.isHeld()) options.metrics.clear();
    if (!(config && isSynced(caches) && lease.isHeld())) return;
    const now = Date.now();
    const started = performance.now();
    const { loadBalancerClass } = options;
    const decisions = allocate(gather(caches, { config, loadBalancerClass, now }));
    options.metrics.observePass((performance.now() - started) / 1000);
    const stale = await applyWrites(planAll(decisions, caches, { now, poolCount: config.pools.length }), {
      ...options,
      assume: caches.services.assume,
      mayWrite: lease.isHeld,
    });
    // Counting comes after the writes that somebody waits for.
    options.metrics.record(config.pools, decisions);
    if (!lease.isHeld()) return;
    await applyPoolStatuses(planPoolStatuses(source.sources().pools, config.pools, decisions), options);
    const expired = conflictsOf(caches).filter(({ expires }) => expires <= now);
    await removeConflicts(
      expired.map(({ name }) => name),
      options,
    );
    clearTimeout(timer);
    const next = stale > 0 ? now + STALE_PAUSE_MS : nextExpiry(caches, now);
    if (next !== undefined && !signal.aborted) timer = setTimeout(options.lookAgain, next - now);
  };
}

function planAll(
  decisions: readonly Decision[],
  caches: Caches,
  at: { now: number; poolCount: number },
): StatusWrite[] {
  const context = { now: new Date(at.now).toISOString(), poolCount: at.poolCount };
  const writes = [
    ...decisions.map((decision) => planWrite(decision, context)),
    ...caches.services.values().map(planRelease),
  ];
  return writes.filter((write) => write !== undefined);
}

/** The watch should bring what a write collided with; this is for the case that it brings nothing. */
const STALE_PAUSE_MS = 200;

/** Timers hold no more than 24 days; a longer one would fire at once. */
const TIMER_MOST_MS = 86_400_000;

function nextExpiry(caches: Caches, now: number): number | undefined {
  const pending = conflictsOf(caches)
    .map(({ expires }) => expires)
    .filter((expires) => expires > now);
  return pending.length === 0 ? undefined : Math.min(...pending, now + TIMER_MOST_MS);
}
