// The outcome of one review, before it takes the form of an answer.
import type { Problem } from '#core/problem.ts';
import type { Service } from '#core/service.ts';

/** Nothing in `problems` and no refusal means allowed. */
export type Verdict = {
  readonly problems: readonly Problem[];
  /** Most important first. */
  readonly warnings: readonly Problem[];
  /** A delete that must not happen: 403 for good, 409 as things stand. */
  readonly refusal?: Refusal;
  /** The Service as it would hold the addresses it asks for, when nothing speaks against it. */
  readonly claim?: Service;
};

export type Refusal = Omit<Problem, 'path'> & { readonly code: 403 | 409 };

export const ALLOWED: Verdict = { problems: [], warnings: [] };

export function isAllowed({ problems, refusal }: Verdict): boolean {
  return problems.length === 0 && refusal === undefined;
}

/** The code of the first problem; empty for an allowed review. */
export function firstReason({ problems, refusal }: Verdict): string {
  const [first] = refusal ? [refusal] : problems;
  return first ? (first.reason ?? 'InvalidConfiguration') : '';
}
