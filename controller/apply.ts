// Writes the planned patches, a bounded number at a time. A conflict or a vanished Service means "look again".
import type { AddressConflict } from '#core/conflict.ts';
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

const IN_FLIGHT_MOST = 64;

export type Outcome = {
  readonly done: number;
  /** Writes that met a Service other than the cache shows. */
  readonly stale: number;
  /** What trying again may mend. */
  readonly failures: readonly unknown[];
};

/** Tries every write, whatever becomes of the others. */
export async function applyWrites(writes: readonly StatusWrite[], options: ApplyOptions): Promise<Outcome> {
  const queue = writes.values();
  const failures: unknown[] = [];
  const done: StatusWrite[] = [];
  let stale = 0;
  const work = async () => {
    for (const write of queue) {
      if (!options.mayWrite()) return;
      try {
        await applyWrite(write, options);
        done.push(write);
      } catch (error) {
        if (isStale(error)) stale++;
        else failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(IN_FLIGHT_MOST, writes.length) }, work));
  // Somebody waits for the addresses; the word of them comes second.
  for (const write of done) recordWrite(write, options);
  return { done: done.length, stale, failures };
}

async function applyWrite({ service, patch, event }: StatusWrite, options: ApplyOptions): Promise<void> {
  const { namespace, name, key } = service;
  const path = `/api/v1/namespaces/${namespace}/services/${name}/status`;
  const written = await patchObject<ServiceObject>(options.cluster, path, { type: 'strategic', body: patch });
  options.assume(written, service.resourceVersion);
  if (event) options.log.info({ service: key, reason: event.reason, message: event.message }, 'service status written');
}

function recordWrite({ service, event }: StatusWrite, { recordEvent }: ApplyOptions): void {
  const { namespace, name, uid } = service;
  if (event) recordEvent({ apiVersion: 'v1', kind: 'Service', namespace, name, uid }, event);
}

type SideOptions = Pick<ApplyOptions, 'cluster' | 'mayWrite'> & { readonly namespace: string };

/** Counters of pools, one after the other; a pool that is gone meanwhile is passed over. */
export async function applyPoolStatuses(
  writes: readonly PoolStatusWrite[],
  { assume, ...options }: SideOptions & Pick<ApplyOptions, 'assume'>,
): Promise<void> {
  for (const { name, resourceVersion, status } of writes) {
    if (!options.mayWrite()) return;
    const path = `/apis/metallb.io/v1beta1/namespaces/${options.namespace}/ipaddresspools/${name}/status`;
    try {
      const written = await patchObject<WireObject>(options.cluster, path, { type: 'merge', body: { status } });
      assume(written, resourceVersion);
    } catch (error) {
      ignoreStale(error);
    }
  }
}

/** Reports of strangers that nobody renewed; one that was renewed meanwhile stays. */
export async function removeConflicts(conflicts: readonly AddressConflict[], options: SideOptions): Promise<void> {
  for (const { name, resourceVersion } of conflicts) {
    if (!options.mayWrite()) return;
    const path = `${conflictsPath(options.namespace)}/${name}`;
    await deleteObject(options.cluster, path, resourceVersion).catch(ignoreStale);
  }
}

function ignoreStale(error: unknown): void {
  if (!isStale(error)) throw error;
}

/** The watch will bring the newer object, or its end, and with it another pass. */
function isStale(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 409 || error.status === 404);
}
