// What stopped a command, and what a caller may do without.
import { ApiError } from '#platform/cluster.ts';
import { describeError } from '#platform/log.ts';

/** One sentence. */
export function failureText(error: unknown): string {
  if (!(error instanceof ApiError && error.reason === 'Unreachable')) return describeError(error);
  return `Cannot reach the API server: ${describeError(error.cause)}`;
}

/** A mistake of ours, not of the cluster or the caller: what throws these no check has foreseen. */
export function isBug(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
}

/** For `catch`: what to go on with after any expected failure. */
export function unlessBug<T>(fallback: (error: unknown) => T): (error: unknown) => T {
  return (error) => {
    if (isBug(error)) throw error;
    return fallback(error);
  };
}

/** For `catch`: the fallback where the caller lacks the rights. */
export function forbidden<T>(fallback: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof ApiError && error.status === 403) return fallback;
    throw error;
  };
}
