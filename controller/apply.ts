// Writes the planned patches, a bounded number at a time. A conflict or a vanished Service means "look again".
import type { ServiceObject } from '#core/service.ts';
import { ApiError, type Cluster, deleteObject, patchObject } from '#platform/cluster.ts';
import type { EventRecorder } from '#platform/events.ts';
import type { Log } from '#platform/log.ts';
import type { WireObject } from '#platform/store.ts';
import { conflictsPath } from './gather.ts';
import type { PoolStatusWrite } from './pool-status.ts';
import type { StatusWrite } from './status.ts';

export type ApplyOptions = {
  readonly cluster: Cluster;
  readonly log: Log;
  readonly recordEvent: EventRecorder;
  /** Shows the written object to the cache before the watch does. */
  readonly assume: (object: WireObject, base: string) => void;
  /** Asked just before each write: a replica that slept through its Lease must not write. */
  readonly mayWrite: () => boolean;
};

const IN_FLIGHT_MOST = 32;

/**
 * Resolves with the number of writes that met a Service other than the cache shows.
 * Rejects with the first failure that trying again may mend, after every write has been tried.
 */
export async function applyWrites(writes: readonly StatusWrite[], options: ApplyOptions): Promise<number> {
  const queue = writes.values();
  const failures: unknown[] = [];
  let stale = 0;
  const work = async () => {
    for (const write of queue) {
      if (!options.mayWrite()) return;
      try {
        await applyWrite(write, options);
      } catch (error) {
        if (isStale(error)) stale++;
        else failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(IN_FLIGHT_MOST, writes.length) }, work));
  if (failures.length > 0) throw failures[0];
  return stale;
}

async function applyWrite({ service, patch, event }: StatusWrite, options: ApplyOptions): Promise<void> {
  const { namespace, name, uid, key } = service;
  const path = `/api/v1/namespaces/${namespace}/services/${name}/status`;
  const written = await patchObject<ServiceObject>(options.cluster, path, { type: 'strategic', body: patch });
  options.assume(written, service.resourceVersion);
  if (!event) return;
  options.log.info({ service: key, reason: event.reason, message: event.message }, 'service status written');
  options.recordEvent({ apiVersion: 'v1', kind: 'Service', namespace, name, uid }, event);
}

/** Counters of pools, one after the other; a pool that is gone meanwhile is passed over. */
export async function applyPoolStatuses(
  writes: readonly PoolStatusWrite[],
  { cluster, namespace }: { cluster: Cluster; namespace: string },
): Promise<void> {
  for (const { name, status } of writes) {
    const path = `/apis/metallb.io/v1beta1/namespaces/${namespace}/ipaddresspools/${name}/status`;
    await patchObject(cluster, path, { type: 'merge', body: { status } }).catch((error: unknown) => {
      if (!isStale(error)) throw error;
    });
  }
}

/** Reports of strangers that nobody renewed. */
export async function removeConflicts(
  names: readonly string[],
  { cluster, namespace }: { cluster: Cluster; namespace: string },
): Promise<void> {
  for (const name of names) {
    await deleteObject(cluster, `${conflictsPath(namespace)}/${name}`).catch((error: unknown) => {
      if (!isStale(error)) throw error;
    });
  }
}

/** The watch will bring the newer object, or its end, and with it another pass. */
function isStale(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 409 || error.status === 404);
}
