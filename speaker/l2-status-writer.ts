// Writes the ServiceL2Status objects of this node: after things have been quiet for a moment, a few a second, never in the
// way of announcing. What cannot be written is tried again, with what is true by then.
import { setTimeout as delay } from 'node:timers/promises';
import { ApiError, type Cluster, createObject, deleteObject, patchObject } from '#platform/cluster.ts';
import type { Log } from '#platform/log.ts';
import {
  planStatuses,
  Rivals,
  type StatusWorld,
  type StatusWrite,
  statusFields,
  statusMetadata,
  type WantedStatus,
} from './l2-status.ts';

export type StatusWriter = {
  /** Something may have changed; cheap, may be called for every pass and event. */
  markDirty(): void;
};

export type StatusWriterOptions = {
  readonly cluster: Cluster;
  readonly namespace: string;
  /** Undefined until there is a plan and the objects are known. */
  readonly gather: () => StatusWorld | undefined;
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly timing?: StatusTiming;
};

export type StatusTiming = {
  readonly quietMs: number;
  /** A world that never is quiet is written as it is then. */
  readonly quietMostMs: number;
  /** Between two requests: 20 a second. */
  readonly paceMs: number;
  readonly retryFirstMs: number;
};

const TIMING: StatusTiming = { quietMs: 2_000, quietMostMs: 10_000, paceMs: 50, retryFirstMs: 1_000 };
/** So many objects before the plan is made anew. */
const BATCH = 20;
const RETRY_MOST_MS = 30_000;
/** Gone already, or there already: the watch tells. */
const SETTLED_BY_OTHERS = new Set([404, 409]);

export function openStatusWriter(options: StatusWriterOptions): StatusWriter {
  const { signal, log, timing = TIMING } = options;
  const rivals = new Rivals();
  let dirtyAt: number | undefined;
  let isRunning = false;

  const quiet = async () => {
    const start = performance.now();
    for (let now = start; dirtyAt !== undefined && !signal.aborted; now = performance.now()) {
      const rest = Math.min(dirtyAt + timing.quietMs, start + timing.quietMostMs) - now;
      if (rest <= 0) return;
      await pause(rest, signal);
    }
  };
  const run = async () => {
    let retryMs = timing.retryFirstMs;
    while (dirtyAt !== undefined && !signal.aborted) {
      await quiet();
      dirtyAt = undefined;
      const failure = await writeAll(options, rivals);
      if (failure === undefined) {
        retryMs = timing.retryFirstMs;
        continue;
      }
      report(log, failure);
      await pause(retryMs, signal);
      dirtyAt = performance.now();
      retryMs = Math.min(retryMs * 2, RETRY_MOST_MS);
    }
    isRunning = false;
  };

  return {
    markDirty() {
      dirtyAt = performance.now();
      if (isRunning) return;
      isRunning = true;
      void run();
    },
  };
}

/** Until nothing is left to write; returns what failed first. One object that is refused does not hold up the others. */
async function writeAll(options: StatusWriterOptions, rivals: Rivals): Promise<unknown> {
  const refused = new Map<string, unknown>();
  while (!options.signal.aborted) {
    const world = options.gather();
    if (!world) break;
    rivals.update(world);
    const writes = planStatuses(world, rivals).filter(({ name }) => !refused.has(name));
    if (writes.length === 0) break;
    for (const write of writes.slice(0, BATCH)) {
      const error = await attempt(options, write);
      if (error === undefined && write.kind === 'delete') rivals.noteDeleted(write.name, write.of);
      if (error !== undefined && !isRefusal(error)) return error;
      if (error !== undefined) refused.set(write.name, error);
    }
  }
  const [first] = refused.values();
  return first;
}

async function attempt(options: StatusWriterOptions, write: StatusWrite): Promise<unknown> {
  try {
    await perform(options, write);
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return SETTLED_BY_OTHERS.has(error.status) ? undefined : error;
  }
}

async function perform(options: StatusWriterOptions, write: StatusWrite): Promise<void> {
  const { cluster, namespace, signal, timing = TIMING } = options;
  const all = `/apis/metallb.io/v1beta1/namespaces/${namespace}/servicel2statuses`;
  const path = `${all}/${write.name}`;
  await pause(timing.paceMs, signal);
  if (write.kind === 'delete') return void (await deleteObject(cluster, path));
  if (write.kind === 'create') {
    await createObject(cluster, all, statusObject(write.wanted));
    await pause(timing.paceMs, signal);
  }
  // The status of a new object is a request of its own: the API server takes none at creation.
  const isStatus = write.kind !== 'describe';
  const body = isStatus ? { status: statusFields(write.wanted) } : { metadata: statusMetadata(write.wanted) };
  await patchObject(cluster, isStatus ? `${path}/status` : path, { type: 'merge', body });
}

function statusObject(wanted: WantedStatus) {
  const metadata = { name: wanted.name, ...statusMetadata(wanted) };
  return { apiVersion: 'metallb.io/v1beta1', kind: 'ServiceL2Status', metadata };
}

function isRefusal(error: unknown): boolean {
  return error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429;
}

/** A refusal wants an operator's eye; an API server that is away does not. */
function report(log: Log, error: unknown): void {
  if (isRefusal(error)) log.warn({ error }, 'cannot write ServiceL2Status, will try again');
  else log.debug({ error }, 'cannot write ServiceL2Status, will try again');
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
