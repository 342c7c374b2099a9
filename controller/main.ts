// The controller: gives Services addresses from pools. Watches mark dirty; one worker gathers, decides, applies.
// Of several replicas only the holder of the Lease decides and writes; the others keep their caches warm.
import { randomUUID } from 'node:crypto';
import { CONTROLLER_LEASE_NAME } from '#core/names.ts';
import { countWrites } from '#platform/api-metrics.ts';
import { untilAlone } from '#platform/beside.ts';
import { openCluster } from '#platform/cluster.ts';
import { openConfigSource } from '#platform/config-source.ts';
import { openEventRecorder } from '#platform/events.ts';
import { openHealthServer } from '#platform/health.ts';
import { openLease } from '#platform/lease.ts';
import { type ProgramContext, readNumberEnv, requireEnv, runProgram, stopped } from '#platform/program.ts';
import { openWorker } from '#platform/worker.ts';
import { isSynced, openCaches } from './gather.ts';
import { keepHeartbeatSecret } from './heartbeat-secret.ts';
import { openAllocationMetrics, openLeaseMetric } from './metrics.ts';
import { openPass } from './pass.ts';

async function main(program: ProgramContext): Promise<void> {
  const { name, log, metrics, signal } = program;
  const namespace = requireEnv('POD_NAMESPACE');
  const port = readNumberEnv('METRICS_PORT', 7472, [1, 65_535]);
  const cluster = openCluster({ onWrite: countWrites(metrics) });
  if (!(await untilAlone({ program, cluster, namespace, port }))) return;
  const recordEvent = openEventRecorder(cluster, { program: name, log, metrics });
  const shared = { cluster, log, signal, onChange: () => worker.markDirty() };
  const caches = openCaches({ ...shared, namespace });
  const source = openConfigSource({ ...shared, namespace, metrics, recordEvent });
  const lease = openLease({
    ...{ cluster, namespace, log, signal },
    name: CONTROLLER_LEASE_NAME,
    identity: `${process.env['POD_NAME'] ?? 'controller'}_${randomUUID()}`,
    onHeld: () => worker.markDirty(),
  });
  openLeaseMetric(metrics, lease.isHeld);
  const pass = openPass({
    ...{ cluster, namespace, caches, source, lease, log, recordEvent, signal },
    loadBalancerClass: process.env['LB_CLASS'] || undefined,
    metrics: openAllocationMetrics(metrics),
    lookAgain: () => worker.markDirty(),
  });
  const worker = openWorker(pass, { signal, log });
  keepHeartbeatSecret({ cluster, namespace, isHeld: lease.isHeld, log, signal });

  const isReady = () => isSynced(caches) && source.isSynced();
  await openHealthServer({ port, isReady, metrics, signal });
  await stopped(signal);
  await worker.settled();
  await lease.release();
}

runProgram('controller', main);
