// Waiting for conditions, never for time.
import { setTimeout as delay } from 'node:timers/promises';
import { LabFailure } from './failure.ts';

export type Patience = { readonly every: number; readonly within: number };

export type Truthy<T> = Exclude<T, false | undefined | null | ''>;

/** Calls `probe` until it answers something true, which it hands on, or until time is up; milliseconds. */
export async function tryUntil<T>(
  probe: () => T | Promise<T>,
  { every, within }: Patience,
): Promise<Truthy<T> | undefined> {
  const end = performance.now() + within;
  for (;;) {
    const answer = await probe();
    if (answer) return answer as Truthy<T>;
    if (performance.now() > end) return undefined;
    await delay(every);
  }
}

export async function pollUntil<T>(what: string, probe: () => T | Promise<T>, patience: Patience): Promise<Truthy<T>> {
  const answer = await tryUntil(probe, patience);
  if (answer) return answer;
  throw new LabFailure(`Cannot wait any longer for ${what}: ${patience.within} ms passed`);
}
