// Ratcheting: an object that was already wrong may be edited as long as it gets no worse (design 2.2).
import type { Problem } from '#core/problem.ts';

/** `fresh` are denied; `known` were there before. */
export type Ratcheted<P> = { readonly fresh: readonly P[]; readonly known: readonly P[] };

/** Splits the problems found into those the old object did not have and those it had, each counted once. */
export function ratchet<P extends Problem>(found: readonly P[], before: readonly Problem[]): Ratcheted<P> {
  const left = countByIdentity(before);
  const fresh: P[] = [];
  const known: P[] = [];
  for (const problem of found) {
    const count = left.get(identity(problem)) ?? 0;
    left.set(identity(problem), count - 1);
    (count > 0 ? known : fresh).push(problem);
  }
  return { fresh, known };
}

function countByIdentity(problems: readonly Problem[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const problem of problems) counts.set(identity(problem), (counts.get(identity(problem)) ?? 0) + 1);
  return counts;
}

/**
 * A fault stays the same when it only moves (an index, a line and column),
 * or when the advice after the semicolon changes because the rest of the world did.
 */
function identity({ path, message }: Problem): string {
  const place = path.replace(/:\d+:\d+$/, '');
  const sentence = message.replace(/; .*$/s, '');
  return `${place}\n${sentence}`.replaceAll(/\[\d+\]/g, '[]');
}
