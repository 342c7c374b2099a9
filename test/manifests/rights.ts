// What the roles of a set of manifests allow each ServiceAccount, held against what it asked of the API server. Pure.
import type { AuditEvent } from '#test/lab/audit.ts';

type Rule = {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
};

/** A role, or a binding, or anything else of the manifests. */
export type ManifestObject = {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly Rule[];
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[];
};

/** One verb on one resource for one ServiceAccount; what is undefined does not matter. */
export type Right = {
  /** `system:serviceaccount:NAMESPACE:NAME`. */
  readonly account: string;
  readonly verb: string;
  readonly group: string;
  /** `services/status` for a subresource. */
  readonly resource: string;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
};

const FORBIDDEN = 403;
const CREATED = 201;

export function rightsOf(objects: readonly ManifestObject[]): Right[] {
  return objects.flatMap((binding) =>
    accountsOf(binding).flatMap((account) => rightsOfAccount(account, binding, objects)),
  );
}

function accountsOf({ kind, subjects = [] }: ManifestObject): string[] {
  if (kind !== 'ClusterRoleBinding' && kind !== 'RoleBinding') return [];
  return subjects.map(({ namespace = '', name }) => `system:serviceaccount:${namespace}:${name}`);
}

function rightsOfAccount(account: string, binding: ManifestObject, objects: readonly ManifestObject[]): Right[] {
  const { roleRef, metadata } = binding;
  const role = objects.find(({ kind, metadata: { name } }) => kind === roleRef?.kind && name === roleRef.name);
  const namespace = binding.kind === 'RoleBinding' ? metadata.namespace : undefined;
  return (role?.rules ?? []).flatMap(({ apiGroups, resources, resourceNames = [undefined], verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        resourceNames.flatMap((name) => verbs.map((verb) => ({ account, verb, group, resource, namespace, name }))),
      ),
    ),
  );
}

/** What was asked for and refused for want of a right, or allowed by something else than these rights. */
export function uncovered(rights: readonly Right[], events: readonly AuditEvent[]): string[] {
  const lacking = events.filter(
    (event) => codeOf(event) === FORBIDDEN || usesOf(event).some((use) => !rights.some((right) => covers(right, use))),
  );
  return unique(lacking.map((event) => `${event.user.username}: ${event.verb} ${event.requestURI} (${codeOf(event)})`));
}

export function unused(rights: readonly Right[], events: readonly AuditEvent[]): string[] {
  const uses = events.filter((event) => codeOf(event) !== FORBIDDEN).flatMap(usesOf);
  return unique(rights.filter((right) => !uses.some((use) => covers(right, use))).map(formatRight));
}

export function formatRight({ account, verb, group, resource, namespace, name }: Right): string {
  const what = `${verb} ${resource}${group === '' ? '' : `.${group}`}${name === undefined ? '' : ` "${name}"`}`;
  return `${account.split(':').at(-1)}: ${what}${namespace === undefined ? '' : ` in ${namespace}`}`;
}

/** The rights one request needs. Server-side apply of an object that is not there asks for the right to create it too. */
function usesOf(event: AuditEvent): Right[] {
  const { objectRef, verb, user } = event;
  if (!objectRef) return [];
  const { apiGroup: group = '', subresource, namespace, name } = objectRef;
  const resource = subresource === undefined ? objectRef.resource : `${objectRef.resource}/${subresource}`;
  const verbs = verb === 'patch' && codeOf(event) === CREATED ? [verb, 'create'] : [verb];
  return verbs.map((one) => ({ account: user.username, verb: one, group, resource, namespace, name }));
}

function covers(right: Right, use: Right): boolean {
  const isSame = (['account', 'verb', 'group', 'resource'] as const).every((field) => right[field] === use[field]);
  return (
    isSame &&
    (['namespace', 'name'] as const).every((field) => right[field] === undefined || right[field] === use[field])
  );
}

function codeOf({ responseStatus }: AuditEvent): number | undefined {
  return responseStatus?.code;
}

function unique(lines: readonly string[]): string[] {
  return [...new Set(lines)].sort();
}
