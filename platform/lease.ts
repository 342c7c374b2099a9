// Who of several replicas may write: a coordination.k8s.io/v1 Lease, judged by each replica's own monotonic clock.
// A holder trusts itself only until its own deadline, which ends before anybody else may take over.
import { type Cache, openCache } from '#platform/cache.ts';
import { ApiError, type Cluster, createObject, replaceObject } from '#platform/cluster.ts';
import { decideLease, isOfAnother, type LeaseObject, type LeaseView, newestView } from '#platform/lease-decision.ts';
import type { Log } from '#platform/log.ts';
import { openWorker } from '#platform/worker.ts';

export type Lease = {
  /** True while this replica may write; ask again just before each write. */
  isHeld(): boolean;
  /** Counts how often this replica began to hold the Lease: in between, others may have written. */
  term(): number;
  /** Gives the Lease up, so that another replica takes over at once. */
  release(): Promise<void>;
};

export type LeaseOptions = {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly name: string;
  /** Unique to this process; a restarted one is another holder. */
  readonly identity: string;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Called when this replica begins to hold the Lease. */
  readonly onHeld: () => void;
};

const TIMING = { termMs: 6_000, renewMs: 1_000 };
/** The holder stops trusting itself this long after it began its last successful renewal. */
const TRUST_MS = 4_000;
const STEP_EVERY_MS = 500;

export function openLease(options: LeaseOptions): Lease {
  const { identity, log, signal, onHeld } = options;
  let trustedUntil = 0;
  let terms = 0;
  let known: LeaseView | undefined;
  const cache = openLeaseCache(options, () => worker.markDirty());

  const worker = openWorker(
    async () => {
      if (!cache.isSynced() || signal.aborted) return;
      known = newestView(known, cache.get(`${options.namespace}/${options.name}`));
      if (isOfAnother(known, identity)) trustedUntil = 0;
      const began = performance.now();
      const decision = decideLease(known, { identity, now: began, timing: TIMING });
      if (decision === 'wait') return;
      const written = await write(options, known?.isGone ? undefined : known?.object).catch(ignoreConflict);
      if (!written) return;
      known = { object: written, seenAt: performance.now() };
      const wasHeld = began < trustedUntil;
      trustedUntil = began + TRUST_MS;
      if (wasHeld) return;
      terms++;
      log.info({ lease: options.name, identity }, 'lease held');
      onHeld();
    },
    { signal, log },
  );
  const timer = setInterval(() => worker.markDirty(), STEP_EVERY_MS);
  signal.addEventListener('abort', () => clearInterval(timer));

  return {
    isHeld: () => performance.now() < trustedUntil,
    term: () => terms,
    async release() {
      await worker.settled();
      if (performance.now() >= trustedUntil || !known) return;
      trustedUntil = 0;
      const { metadata, spec } = known.object;
      const body = { ...known.object, metadata, spec: { ...spec, holderIdentity: '', leaseDurationSeconds: 1 } };
      await replaceObject(options.cluster, leasePath(options), body).catch((error: unknown) => {
        log.warn({ error }, 'lease not released, it will expire');
      });
    },
  };
}

function openLeaseCache(options: LeaseOptions, onChange: () => void): Cache<LeaseView> {
  const { cluster, namespace, name, log, signal } = options;
  return openCache({
    ...{ cluster, log, signal, onChange },
    path: leasesPath(namespace),
    fieldSelector: `metadata.name=${name}`,
    parse: (object: LeaseObject): LeaseView => ({ object, seenAt: performance.now() }),
  });
}

function write(options: LeaseOptions, present: LeaseObject | undefined): Promise<LeaseObject> {
  const { cluster, namespace, name, identity } = options;
  const now = new Date().toISOString().replace('Z', '000Z');
  const isOurs = present?.spec?.holderIdentity === identity;
  const spec = {
    holderIdentity: identity,
    leaseDurationSeconds: TIMING.termMs / 1000,
    acquireTime: isOurs ? present.spec?.acquireTime : now,
    renewTime: now,
    leaseTransitions: (present?.spec?.leaseTransitions ?? 0) + (isOurs || !present ? 0 : 1),
  };
  if (!present) return createObject(cluster, leasesPath(namespace), { metadata: { name }, spec });
  return replaceObject(cluster, leasePath(options), { ...present, spec });
}

/** Another replica was faster; the watch will tell which. */
function ignoreConflict(error: unknown): undefined {
  if (error instanceof ApiError && error.status === 409) return undefined;
  throw error;
}

function leasesPath(namespace: string): string {
  return `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
}

function leasePath({ namespace, name }: Pick<LeaseOptions, 'namespace' | 'name'>): string {
  return `${leasesPath(namespace)}/${name}`;
}
