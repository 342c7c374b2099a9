// What an L2Advertisement names that does not exist (design 2.1): all of it may still come, so these are warnings.
import type { Advertisement } from '#core/advertisement.ts';
import type { Config } from '#core/config.ts';
import { hasKnownOperators, isSelected, type Selector } from '#core/labels.ts';
import type { Node } from '#core/node.ts';
import type { ObjectId, Problem, SourcedProblem } from '#core/problem.ts';
import { suggestion } from '#core/suggest.ts';

const HOSTNAME = 'kubernetes.io/hostname';
/** What Linux accepts as the name of an interface: up to 15 bytes without slash, colon and space (dev_valid_name). */
const IFACE_NAME = /^(?!\.{1,2}$)[^/:\s]{1,15}$/;

export function advertisementWarnings(
  advertisement: Advertisement,
  { pools }: Config,
  { nodes }: { readonly nodes: readonly Node[] },
): SourcedProblem[] {
  const object: ObjectId = { kind: 'L2Advertisement', name: advertisement.name };
  const names = pools.map(({ name }) => name);
  const warnings = [
    ...advertisement.pools.flatMap((name, i) => {
      if (names.includes(name)) return [];
      const message = `no pool "${name}" exists${suggestion(name, names)}`;
      return [{ path: `spec.ipAddressPools[${i}]`, message, evidence: { configuration: true as const } }];
    }),
    ...advertisement.nodeSelectors.flatMap((selector, i) => nodeWarning(selector, `spec.nodeSelectors[${i}]`, nodes)),
    ...advertisement.interfaces.flatMap((name, i) => {
      if (IFACE_NAME.test(name) && Buffer.byteLength(name) <= 15) return [];
      return [{ path: `spec.interfaces[${i}]`, message: `no interface can be named "${name}" (1 to 15 characters)` }];
    }),
  ];
  return warnings.map((warning) => ({ ...warning, object }));
}

/** While no Node is known, as offline, nothing can be said about them. */
function nodeWarning(selector: Selector, path: string, nodes: readonly Node[]): Problem[] {
  if (nodes.length === 0 || !hasKnownOperators(selector)) return [];
  if (nodes.some(({ labels }) => isSelected(selector, labels))) return [];
  const names = nodes.map(({ labels, name }) => labels[HOSTNAME] ?? name);
  const missing = selector
    .filter(({ key, operator }) => key === HOSTNAME && operator === 'In')
    .flatMap(({ values }) => values)
    .find((value) => !names.includes(value));
  const message =
    missing === undefined ? 'selects no Node' : `no Node "${missing}" exists${suggestion(missing, names)}`;
  return [{ path, message }];
}
