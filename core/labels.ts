// Kubernetes label selectors: parsed once with every problem named, then matched.
import type { Problem } from '#core/problem.ts';

export type Labels = { readonly [key: string]: string };

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;
type Operator = (typeof OPERATORS)[number];

export type Requirement = { readonly key: string; readonly operator: Operator; readonly values: readonly string[] };

/** All requirements must hold; none matches everything. */
export type Selector = readonly Requirement[];

/** The wire form (`metav1.LabelSelector`). */
export type LabelSelectorObject = {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly {
    readonly key?: string;
    readonly operator?: string;
    readonly values?: string[];
  }[];
};

const NAME = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)$/;
const PREFIX = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Reads a selector; problems carry paths below `path`. */
export function parseSelector(object: LabelSelectorObject, path: string): { selector: Selector; problems: Problem[] } {
  const fromLabels = Object.entries(object.matchLabels ?? {}).map(([key, value]) => ({
    path: `${path}.matchLabels`,
    requirement: { key, operator: 'In', values: [value] },
  }));
  const fromExpressions = (object.matchExpressions ?? []).map((expression, i) => ({
    path: `${path}.matchExpressions[${i}]`,
    requirement: { key: expression.key ?? '', operator: expression.operator ?? '', values: expression.values ?? [] },
  }));
  const all = [...fromLabels, ...fromExpressions];
  const problems = all.flatMap(({ path: at, requirement }) => requirementProblems(requirement, at));
  return { selector: all.map(({ requirement }) => requirement as Requirement), problems };
}

export function isSelected(selector: Selector, labels: Labels): boolean {
  return selector.every((requirement) => isMet(requirement, labels));
}

/** True when any selector matches; an empty list matches nothing. */
export function isSelectedByAny(selectors: readonly Selector[], labels: Labels): boolean {
  return selectors.some((selector) => isSelected(selector, labels));
}

function isMet({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}

/** False for one that was read in spite of its problems. */
export function hasKnownOperators(selector: Selector): boolean {
  return selector.every(({ operator }) => OPERATORS.includes(operator));
}

type Written = { key: string; operator: string; values: readonly string[] };

function requirementProblems({ key, operator, values }: Written, path: string): Problem[] {
  const problems: Problem[] = [];
  if (!isLabelKey(key)) problems.push({ path: `${path}.key`, message: `"${key}" is not a label key` });
  if (!(OPERATORS as readonly string[]).includes(operator)) {
    problems.push({
      path: `${path}.operator`,
      message: `"${operator}" is unknown, wanted one of ${OPERATORS.join(', ')}`,
    });
    return problems;
  }
  const wantsValues = operator === 'In' || operator === 'NotIn';
  if (wantsValues && values.length === 0) {
    problems.push({ path: `${path}.values`, message: `is empty, wanted at least one value for ${operator}` });
  }
  if (!wantsValues && values.length > 0) {
    problems.push({ path: `${path}.values`, message: `has ${values.length} values, wanted none for ${operator}` });
  }
  for (const value of values.filter((one) => one !== '' && !NAME.test(one))) {
    problems.push({ path: `${path}.values`, message: `"${value}" is not a label value` });
  }
  const repeated = values.filter((value, i) => values.indexOf(value) !== i);
  for (const value of new Set(repeated)) problems.push({ path: `${path}.values`, message: `"${value}" stands twice` });
  return problems;
}

function isLabelKey(key: string): boolean {
  const [left = '', right, ...rest] = key.split('/');
  if (rest.length > 0) return false;
  return right === undefined ? NAME.test(left) : PREFIX.test(left) && left.length <= 253 && NAME.test(right);
}
