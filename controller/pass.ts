// One pass of the controller: gather the world, decide on the whole of it, write what differs.
import type { Config } from '#core/config.ts';
import type { Cluster } from '#platform/cluster.ts';
import type { ConfigSource } from '#platform/config-source.ts';
import type { EventRecorder } from '#platform/events.ts';
import type { Lease } from '#platform/lease.ts';
import type { Log } from '#platform/log.ts';
import { allocate, type Decision } from './allocate.ts';
import { applyPoolStatuses, applyWrites, type Outcome, removeConflicts } from './apply.ts';
import { type Caches, conflictsOf, gather, isEnding, isSynced } from './gather.ts';
import type { AllocationMetrics } from './metrics.ts';
import { type Plan, planWrites } from './plan.ts';
import { planPoolStatuses } from './pool-status.ts';

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
  const { caches, source, lease, signal, namespace } = options;
  const isWriter = () => lease.isHeld() && !isEnding(caches, namespace);
  let timer: NodeJS.Timeout | undefined;
  /** The holding of the Lease that the Services are fresh for. */
  let freshTerm = 0;
  signal.addEventListener('abort', () => clearTimeout(timer));

  return async () => {
    const config = source.current();
    if (!lease.isHeld()) options.metrics.clear();
    if (!(config && isSynced(caches) && isWriter())) return;
    const term = lease.term();
    if (term !== freshTerm) {
      // The holder before us wrote addresses that our watch may not have brought yet.
      await caches.services.refresh();
      freshTerm = term;
      return options.lookAgain();
    }
    const now = Date.now();
    const { decisions, plan } = decide(config, now, options);
    const mayWrite = () => isWriter() && lease.term() === term;
    const writing = { ...options, mayWrite };
    const outcome = await applyWrites(plan.writes, { ...writing, assume: caches.services.assume });
    // Counting comes after the writes that somebody waits for, and whether they went well or not.
    options.metrics.record(config.pools, decisions);
    const statuses = planPoolStatuses(source.sources().pools, config.pools, decisions);
    await applyPoolStatuses(statuses, { ...writing, assume: source.assumePool });
    await removeConflicts(
      conflictsOf(caches).filter(({ expires }) => expires <= now),
      writing,
    );
    clearTimeout(timer);
    const next = nextLook({ ...outcome, ...plan }, caches, now);
    if (next !== undefined && !signal.aborted) timer = setTimeout(options.lookAgain, next);
    // The worker tries again what may be mended.
    if (outcome.failures.length > 0) throw outcome.failures[0];
  };
}

type Decided = { readonly decisions: readonly Decision[]; readonly plan: Plan };

function decide(config: Config, now: number, { caches, loadBalancerClass, metrics }: PassOptions): Decided {
  const started = performance.now();
  const decisions = allocate(gather(caches, { config, loadBalancerClass, now }));
  metrics.observePass((performance.now() - started) / 1000);
  const context = { now: new Date(now).toISOString(), poolCount: config.pools.length };
  return { decisions, plan: planWrites(decisions, caches.services.values(), context) };
}

/** The watch should bring what a write collided with; this is for the case that it brings nothing. */
const STALE_PAUSE_MS = 200;

/** Timers hold no more than 24 days; a longer one would fire at once. */
const TIMER_MOST_MS = 86_400_000;

/** In how many milliseconds the world is worth another look, if ever. Our own writes wake nobody, so what they free has to. */
function nextLook(
  { stale, done, heldBack }: Pick<Outcome, 'stale' | 'done'> & Pick<Plan, 'heldBack'>,
  caches: Caches,
  now: number,
): number | undefined {
  if (stale > 0) return STALE_PAUSE_MS;
  if (heldBack > 0 && done > 0) return 0;
  const pending = conflictsOf(caches)
    .map(({ expires }) => expires - now)
    .filter((ms) => ms > 0);
  return pending.length === 0 ? undefined : Math.min(...pending, TIMER_MOST_MS);
}
