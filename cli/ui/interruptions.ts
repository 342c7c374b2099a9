// What the page cannot follow at the moment, by what the caches would log: a refusal, or an API server that is away. Pure.
import { describeError, type Log } from '#platform/log.ts';
import type { Finding } from '../finding.ts';

export type Interruption = { readonly resource: string; readonly message: string };

export type Interruptions = {
  readonly log: Log;
  present(): Interruption[];
};

/** A cache tries again at least this often, and says so each time it fails. */
const FRESH_MS = 10_000;

export function openInterruptions(now: () => number): Interruptions {
  const failures = new Map<string, Interruption & { readonly at: number }>();
  const note = (fields: { readonly path?: string; readonly error?: unknown }) => {
    const resource = fields.path?.split('/').at(-1);
    if (resource !== undefined) failures.set(resource, { resource, message: describeError(fields.error), at: now() });
  };
  return {
    log: { debug: note, info: () => undefined, warn: note, error: note },
    present: () => Array.from(failures.values()).filter(({ at }) => now() - at < FRESH_MS),
  };
}

export function interruptionFindings(interruptions: readonly Interruption[]): Finding[] {
  const [first] = interruptions;
  if (!first) return [];
  const resources = interruptions.map(({ resource }) => resource).sort();
  const message = `shown as they were last, because they cannot be followed: ${resources.join(', ')}: ${first.message}`;
  return [{ level: 'warning', reason: 'NotFollowed', message }];
}
