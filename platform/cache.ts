// A local copy of one resource, kept by list and watch and reduced to the fields that decisions need.
// Restarts by itself after any failure (jittered back-off; 410 means list again), follows bookmarks.
import { setTimeout as delay } from 'node:timers/promises';
import { ApiError, type Cluster, openWatch } from '#platform/cluster.ts';
import { listPages } from '#platform/list.ts';
import type { Log } from '#platform/log.ts';
import { Refreshes } from '#platform/refreshes.ts';
import { Store, type WireObject } from '#platform/store.ts';

export type Cache<T> = {
  values(): T[];
  /** By `namespace/name`, or `name` for resources without a namespace. */
  get(key: string): T | undefined;
  /** True once the first list is in; stays true when the API server goes away. */
  isSynced(): boolean;
  /** Overlays the object that a write to `base` (a resource version) returned, until the watch brings it or a later one. */
  assume(object: WireObject, base: string): void;
  /** Resolves when a list that began after the call is in, or at the stop: what others wrote before it is seen from then on. */
  refresh(): Promise<void>;
};

export type CacheOptions<W extends WireObject, T> = {
  readonly cluster: Cluster;
  /** For example `/api/v1/services`. */
  readonly path: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly parse: (object: W) => T;
  readonly onChange: () => void;
  readonly signal: AbortSignal;
  readonly log: Log;
};

const RETRY_FIRST_MS = 100;
const RETRY_MOST_MS = 5_000;
/** A watch that ends by itself sooner than this and brought nothing counts as a failure. */
const WATCH_LEAST_MS = 1_000;

export function openCache<W extends WireObject, T>(options: CacheOptions<W, T>): Cache<T> {
  const store = new Store<W, T>(options.parse);
  const refreshes = new Refreshes(options.signal);
  void follow(options, store, refreshes);
  return {
    values: () => store.values(),
    get: (key) => store.get(key),
    isSynced: () => store.synced,
    assume: (object, base) => store.assume(object as W, base),
    refresh: () => refreshes.ask(),
  };
}

async function follow<W extends WireObject, T>(
  options: CacheOptions<W, T>,
  store: Store<W, T>,
  refreshes: Refreshes,
): Promise<void> {
  const { signal, log, path } = options;
  let version: string | undefined;
  let retryMs = RETRY_FIRST_MS;
  const pause = async () => {
    await delay(retryMs * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined);
    retryMs = Math.min(retryMs * 2, RETRY_MOST_MS);
  };
  while (!signal.aborted) {
    const began = performance.now();
    const stop = refreshes.begin();
    let from = version;
    try {
      if (version === undefined || refreshes.isAsked()) {
        version = await listAll(options, store);
        refreshes.end();
      }
      from = version;
      // Kept up to date by every event: a watch that breaks goes on from where it broke, not from where it began.
      await watchFrom(from, { options, store, stop, onVersion: (seen) => (version = seen) });
      const isFruitless = version === from && performance.now() - began < WATCH_LEAST_MS;
      if (isFruitless && !stop.aborted) await pause();
      else retryMs = RETRY_FIRST_MS;
    } catch (error) {
      if (isGone(error)) version = undefined;
      // It brought something before it broke.
      else if (version !== from) retryMs = RETRY_FIRST_MS;
      report(log, error, path);
      await pause();
    }
  }
}

/** Returns the version to watch from. */
async function listAll<W extends WireObject, T>(options: CacheOptions<W, T>, store: Store<W, T>): Promise<string> {
  const { cluster, path } = options;
  const replacement = store.openReplacement();
  let version = '';
  for await (const { items, resourceVersion } of listPages<W>(cluster, path, { query: selectorQuery(options) })) {
    replacement.add(items);
    version = resourceVersion;
  }
  replacement.finish();
  options.onChange();
  return version;
}

type Watching<W extends WireObject, T> = {
  readonly options: CacheOptions<W, T>;
  readonly store: Store<W, T>;
  /** Ends the watch without a failure. */
  readonly stop: AbortSignal;
  readonly onVersion: (version: string) => void;
};

/** Follows events until the server or `stop` ends the watch; tells the version of each. */
function watchFrom<W extends WireObject, T>(
  version: string,
  { options, store, stop, onVersion }: Watching<W, T>,
): Promise<void> {
  const query = { ...Object.fromEntries(selectorQuery(options)), resourceVersion: version, allowWatchBookmarks: true };
  return new Promise((resolve, reject) => {
    let abort: (() => void) | undefined;
    let failure: unknown;
    const onEvent = (phase: string, object: W & { code?: number }) => {
      // What is still in the pipe is older than the list that comes next.
      if (stop.aborted) return;
      if (phase === 'ERROR') {
        failure = new ApiError(`Watch of ${options.path} ended`, { status: object.code ?? 0, reason: 'Watch' });
        return abort?.();
      }
      if (object.metadata?.resourceVersion) onVersion(object.metadata.resourceVersion);
      if (phase === 'BOOKMARK') return;
      if (phase !== 'DELETED') {
        if (store.put(object)) options.onChange();
        return;
      }
      store.remove(object);
      options.onChange();
    };
    const onStop = () => abort?.();
    const onDone = (error: unknown) => {
      stop.removeEventListener('abort', onStop);
      const cause = failure ?? error;
      // An idle watch times out on the client's side: go on from where it stood.
      if (cause && !isIdle(cause) && !stop.aborted) reject(asError(cause));
      else resolve();
    };
    stop.addEventListener('abort', onStop, { once: true });
    openWatch(options.cluster)
      .watch(options.path, query, rethrowLater(onEvent), onDone)
      .then((controller) => {
        abort = () => controller.abort();
        if (stop.aborted || failure) abort();
      }, onDone);
  });
}

/** client-node swallows what a watch callback throws; a bug of ours must end the process instead. */
function rethrowLater<A extends unknown[]>(handle: (...args: A) => void): (...args: A) => void {
  return (...args) => {
    try {
      handle(...args);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  };
}

function selectorQuery<W extends WireObject, T>(options: CacheOptions<W, T>): URLSearchParams {
  const query = new URLSearchParams();
  if (options.labelSelector !== undefined) query.set('labelSelector', options.labelSelector);
  if (options.fieldSelector !== undefined) query.set('fieldSelector', options.fieldSelector);
  return query;
}

/** A refusal wants an operator's eye; an API server that is away does not. */
function report(log: Log, error: unknown, path: string): void {
  const refused = error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 410;
  if (refused) log.warn({ error, path }, 'cannot list or watch, will try again');
  else log.debug({ error, path }, 'watch interrupted');
}

function isGone(error: unknown): boolean {
  if (error instanceof ApiError) return error.status === 410;
  return error instanceof Error && 'statusCode' in error && error.statusCode === 410;
}

function isIdle(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError';
}

function asError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause));
}
