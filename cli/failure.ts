// What stopped a command, and what a caller may do without.
import { ApiError } from '#platform/cluster.ts';
import { describeError } from '#platform/log.ts';

/** One sentence. */
export function failureText(error: unknown): string {
  if (!(error instanceof ApiError && error.reason === 'Unreachable')) return describeError(error);
  return `Cannot reach the API server: ${describeError(error.cause)}`;
}

/** For `catch`: the fallback where the caller lacks the rights. */
export function forbidden<T>(fallback: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof ApiError && error.status === 403) return fallback;
    throw error;
  };
}
