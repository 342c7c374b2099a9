// One pass at a time over the whole world: marks while it runs cause one more pass, a failed pass is tried again.
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '#platform/log.ts';
import { openRest } from '#platform/rest.ts';

export type Worker = {
  /** Asks for a pass; cheap, may be called for every event. */
  markDirty(): void;
  /** Asks for a pass that can wait for other changes of its kind: passes are to take a quarter of the time at most. */
  markSoon(): void;
  /** Resolves when the running pass, if any, has ended. */
  settled(): Promise<void>;
};

export type WorkerOptions = { readonly signal: AbortSignal; readonly log: Log };

const RETRY_FIRST_MS = 100;
const RETRY_MOST_MS = 10_000;

/** Runs `pass` once per burst of marks until `signal` is aborted. */
export function openWorker(pass: () => void | Promise<void>, { signal, log }: WorkerOptions): Worker {
  let dirty = false;
  let running: Promise<void> | undefined;
  let wake: (() => void) | undefined;
  const rest = openRest(() => markDirty(), signal);

  const run = async () => {
    let retryMs = RETRY_FIRST_MS;
    while (dirty && !signal.aborted) {
      dirty = false;
      try {
        await rest.run(pass);
        retryMs = RETRY_FIRST_MS;
      } catch (error) {
        if (isBug(error)) throw error;
        log.warn({ error, retryMs }, 'pass failed, will try again');
        await pause(retryMs);
        dirty = true;
        retryMs = Math.min(retryMs * 2, RETRY_MOST_MS);
      }
    }
    running = undefined;
  };

  /** Ends early, but never at once, when somebody asks for a pass: one failing write must not hold up the others. */
  const pause = async (ms: number) => {
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    await delay(RETRY_FIRST_MS, undefined, { signal }).catch(() => undefined);
    const rest = new AbortController();
    const stop = () => rest.abort();
    signal.addEventListener('abort', stop);
    await Promise.race([woken, delay(ms - RETRY_FIRST_MS, undefined, { signal: rest.signal }).catch(() => undefined)]);
    rest.abort();
    signal.removeEventListener('abort', stop);
    wake = undefined;
  };

  const markDirty = () => {
    dirty = true;
    wake?.();
    // The next turn of the loop, so that a burst of events makes one pass.
    running ??= new Promise<void>((resolve) => setImmediate(resolve)).then(run);
  };

  return {
    markDirty,
    markSoon: rest.ask,
    settled: () => running ?? Promise.resolve(),
  };
}

/** What only our own code throws; it ends the process instead of being tried for ever. */
function isBug(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
}
