// One row of docs/admission.md: a rule, a write that meets it, and the exact answer.
import type { Manifest } from './cluster.ts';

export type Row = {
  readonly rule: string;
  readonly write: 'apply' | 'delete';
  readonly object: Manifest;
  /** Lines as kubectl prints them; none means that the write passes. */
  readonly denied: readonly string[];
  readonly warned: readonly string[];
  /** In a cluster without any pool. */
  readonly isEarly: boolean;
};

type Answer = { readonly denied?: readonly string[]; readonly warned?: readonly string[] };

export function applied(rule: string, object: Manifest, { denied = [], warned = [] }: Answer = {}): Row {
  return { rule, write: 'apply', object, denied, warned, isEarly: false };
}

export function deleted(rule: string, object: Manifest, { denied = [], warned = [] }: Answer = {}): Row {
  return { rule, write: 'delete', object, denied, warned, isEarly: false };
}

export function early(rule: string, object: Manifest, { denied = [], warned = [] }: Answer = {}): Row {
  return { rule, write: 'apply', object, denied, warned, isEarly: true };
}
