// The shape of a demo: steps that look at the running cluster and say what they saw.
import type { Lab } from '../lab.ts';

export type Seen = { readonly ok: boolean; readonly seen: string };
export type Stage = {
  readonly lab: Lab;
  /** What earlier steps found out. */
  readonly found: { address?: string; owner?: string };
};
export type Step = { readonly what: string; readonly run: (stage: Stage) => Promise<Seen> };

export function good(seen: string): Seen {
  return { ok: true, seen };
}

export function bad(seen: string): Seen {
  return { ok: false, seen };
}
