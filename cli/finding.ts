// One thing found about a cluster: how bad, the code that programs go by, and a sentence for people.

/** `error`: a Service is not served because of it, or no Service is. */
export type Level = 'error' | 'warning' | 'info';

/** `reason` is the code of conditions, Events and metrics where they have one. */
export type Finding = { readonly level: Level; readonly reason: string; readonly message: string };

export function isFault(findings: readonly Finding[]): boolean {
  return findings.some(({ level }) => level === 'error');
}

const NAMED_MOST = 5;

/** `a, b and 3 more`. */
export function nameSome(names: readonly string[]): string {
  const left = names.length - NAMED_MOST;
  return names.slice(0, NAMED_MOST).join(', ') + (left > 0 ? ` and ${left} more` : '');
}

export function quote(names: readonly string[]): string {
  return nameSome(names.map((name) => `"${name}"`));
}
