// One thing found about a cluster: how bad, the code that programs go by, and a sentence for people.
import { nameSome } from '#core/rules/pool-rules.ts';

/** `error`: a Service is not served because of it, or no Service is. */
export type Level = 'error' | 'warning' | 'info';

/** `reason` is the code of conditions, Events and metrics where they have one. */
export type Finding = { readonly level: Level; readonly reason: string; readonly message: string };

export function isFault(findings: readonly Finding[]): boolean {
  return findings.some(({ level }) => level === 'error');
}

/** `"a", "b" and 3 more`. */
export function quote(names: readonly string[]): string {
  return nameSome(names.map((name) => `"${name}"`));
}
