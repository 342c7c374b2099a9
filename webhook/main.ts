// The webhook: reviews pool configuration and Services at admission. All wiring is here.

import type { ReviewSettings } from '#core/rules/review.ts';
import { countWrites } from '#platform/api-metrics.ts';
import { untilAlone } from '#platform/beside.ts';
import { openCluster } from '#platform/cluster.ts';
import { openHealthServer } from '#platform/health.ts';
import { readNumberEnv, requireEnv, runProgram, stopped } from '#platform/program.ts';
import { Claims } from './claims.ts';
import { type Confirmation, reviewConfirmed } from './confirm.ts';
import { openLiveReader } from './live.ts';
import { openReviewMetrics } from './metrics.ts';
import { createReviewApp } from './review-app.ts';
import { openServing } from './serving.ts';
import { openWorld } from './world.ts';

runProgram('webhook', async (program) => {
  const { log, metrics, signal } = program;
  const settings = readSettings();
  const { namespace } = settings;
  const port = readNumberEnv('METRICS_PORT', 7_472, [1, 65_535]);
  const cluster = openCluster({ onWrite: countWrites(metrics) });
  if (!(await untilAlone({ program, cluster, namespace, port, mindsRegistration: true }))) return;
  const reviewMetrics = openReviewMetrics(metrics);
  // Caches and certificates go on while the last reviews are answered.
  const end = new AbortController();
  const isReady = () => !signal.aborted && serving.isReady();
  const isLeaving = () => signal.aborted;

  const claims = new Claims();
  const now = () => performance.now();
  reviewMetrics.watchClaims(() => claims.count(now()));
  const world = openWorld({
    ...{ cluster, settings, log, metrics, signal: end.signal },
    onSynced: () => serving.markDirty(),
    onServiceChange: (service) => claims.observeAll(service, now()),
  });
  const confirmation: Confirmation = {
    openReader: () => openLiveReader(cluster, namespace),
    ...{ claims, now },
    onFailure: (error) => log.warn({ error }, 'live confirmation failed, review allowed'),
  };
  const app = createReviewApp({
    judge: async (request) =>
      world.isSynced() ? await reviewConfirmed(request, world.snapshot, confirmation) : undefined,
    ...{ isReady, isLeaving, metrics: reviewMetrics, log },
  });
  const serving = openServing({
    ...{ cluster, namespace, app, port: readNumberEnv('PORT', 9_443, [1, 65_535]) },
    isWorldSynced: world.isSynced,
    ...{ metrics: reviewMetrics, log, signal: end.signal },
  });
  serving.markDirty();
  await openHealthServer({ port, isReady, metrics, signal: end.signal });

  await stopped(signal);
  await serving.drain();
  end.abort();
});

function readSettings(): ReviewSettings {
  const onServiceProblems = process.env['SERVICE_PROBLEMS'] || 'deny';
  if (onServiceProblems !== 'deny' && onServiceProblems !== 'warn') {
    throw new Error(`Cannot start: SERVICE_PROBLEMS is "${onServiceProblems}", wanted "deny" or "warn"`);
  }
  return {
    namespace: requireEnv('POD_NAMESPACE'),
    loadBalancerClass: process.env['LB_CLASS'] || undefined,
    onServiceProblems,
  };
}
