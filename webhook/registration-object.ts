// What the API server is told: which writes to send for review, where to, and what to do when nobody answers.
import { isDeepStrictEqual } from 'node:util';
import { CONFIG_MAP_NAME, WEBHOOK_CONFIGURATION_NAME } from '#core/names.ts';
import { REVIEW_PATH } from './review-app.ts';

export type RegistrationInput = {
  readonly namespace: string;
  /** PEM, one or two authorities. */
  readonly bundle: string;
  /** Deleting the ClusterRole takes the registration along. */
  readonly owner: { readonly name: string; readonly uid: string };
};

/** The part of the wire object that is compared. */
export type RegistrationObject = {
  readonly metadata?: {
    readonly name?: string;
    readonly resourceVersion?: string;
    readonly ownerReferences?: readonly { readonly uid?: string }[];
  };
  readonly webhooks?: readonly WebhookEntry[];
};

type WebhookEntry = {
  readonly name: string;
  readonly clientConfig?: { readonly caBundle?: string };
  readonly [field: string]: unknown;
};

export type Registration = RegistrationObject & { readonly webhooks: readonly WebhookEntry[] };

const CONTROLLER_ACCOUNT = 'controller';
export const SERVICE_NAME = 'webhook';
const NAMESPACE_LABEL = 'kubernetes.io/metadata.name';

/** The whole object; every field that the API server would default is written out, so that it compares as it is. */
export function registrationFor({ namespace, bundle, owner }: RegistrationInput): Registration {
  const entry = entryFor(namespace, bundle);
  return {
    ...{ apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration' },
    metadata: {
      name: WEBHOOK_CONFIGURATION_NAME,
      ...{ labels: { 'app.kubernetes.io/name': 'arpeggio', 'app.kubernetes.io/component': 'webhook' } },
      ownerReferences: [ownerReference(owner)],
    },
    webhooks: [
      entry('services.arpeggio.dev', servicesScope(namespace)),
      entry('config-map.arpeggio.dev', configMapScope(namespace)),
      entry('pools.arpeggio.dev', customResourcesScope()),
      entry('pool-deletes.arpeggio.dev', deletesScope(namespace)),
    ],
  };
}

/** True when the API server already holds all that is wanted; what others added is theirs. */
export function isRegistered(live: RegistrationObject | undefined, wanted: Registration): boolean {
  if (!live) return false;
  const owners = new Set(live.metadata?.ownerReferences?.map(({ uid }) => uid));
  const isOwned = wanted.metadata?.ownerReferences?.every(({ uid }) => owners.has(uid)) ?? true;
  const entries = new Map(live.webhooks?.map((entry) => [entry.name, entry]));
  return isOwned && wanted.webhooks.every((entry) => isDeepStrictEqual(entries.get(entry.name), entry));
}

type Scope = {
  readonly rules: readonly object[];
  readonly failurePolicy: 'Fail' | 'Ignore';
  readonly timeoutSeconds: number;
  readonly namespaceSelector: object;
  readonly matchConditions: readonly { readonly name: string; readonly expression: string }[];
};

function servicesScope(namespace: string): Scope {
  const account = `system:serviceaccount:${namespace}:${CONTROLLER_ACCOUNT}`;
  const isLoadBalancer = (object: string) => `(${object} != null && ${object}.spec.type == 'LoadBalancer')`;
  return {
    rules: [rule('', 'v1', { resources: ['services'], operations: ['CREATE', 'UPDATE'] })],
    failurePolicy: 'Ignore',
    timeoutSeconds: 2,
    namespaceSelector: {},
    matchConditions: [
      { name: 'is-load-balancer', expression: `${isLoadBalancer('object')} || ${isLoadBalancer('oldObject')}` },
      { name: 'is-not-terminating', expression: 'object == null || !has(object.metadata.deletionTimestamp)' },
      { name: 'is-not-our-controller', expression: `request.userInfo.username != '${account}'` },
    ],
  };
}

function configMapScope(namespace: string): Scope {
  return {
    rules: [rule('', 'v1', { resources: ['configmaps'], operations: ['CREATE', 'UPDATE'] })],
    failurePolicy: 'Fail',
    timeoutSeconds: 5,
    namespaceSelector: { matchLabels: { [NAMESPACE_LABEL]: namespace } },
    matchConditions: [{ name: 'is-configuration', expression: hasConfigurationName() }],
  };
}

function customResourcesScope(): Scope {
  const resources = ['ipaddresspools', 'l2advertisements'];
  return {
    rules: [rule('metallb.io', 'v1beta1', { resources, operations: ['CREATE', 'UPDATE'] })],
    failurePolicy: 'Fail',
    timeoutSeconds: 5,
    namespaceSelector: {},
    matchConditions: [],
  };
}

/** On its own, because Fail here would hang the deletion of our namespace once our Pods are gone. */
function deletesScope(namespace: string): Scope {
  return {
    rules: [
      rule('', 'v1', { resources: ['configmaps'], operations: ['DELETE'] }),
      rule('metallb.io', 'v1beta1', { resources: ['ipaddresspools', 'l2advertisements'], operations: ['DELETE'] }),
    ],
    failurePolicy: 'Ignore',
    timeoutSeconds: 2,
    namespaceSelector: { matchLabels: { [NAMESPACE_LABEL]: namespace } },
    matchConditions: [
      {
        name: 'is-configuration',
        expression: `request.resource.resource != 'configmaps' || ${hasConfigurationName()}`,
      },
    ],
  };
}

/** Not `request.name`: it is absent when a whole collection is deleted, and the expression then fails. */
function hasConfigurationName(): string {
  return `(object == null ? oldObject : object).metadata.name == '${CONFIG_MAP_NAME}'`;
}

function rule(group: string, version: string, match: { resources: string[]; operations: string[] }): object {
  return { apiGroups: [group], apiVersions: [version], ...match, scope: 'Namespaced' };
}

function ownerReference({ name, uid }: RegistrationInput['owner']): { readonly uid: string } {
  return { ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', name }, uid };
}

function entryFor(namespace: string, bundle: string): (name: string, scope: Scope) => WebhookEntry {
  const clientConfig = {
    caBundle: Buffer.from(bundle).toString('base64'),
    service: { namespace, name: SERVICE_NAME, port: 443, path: REVIEW_PATH },
  };
  return (name, { matchConditions, ...scope }) => ({
    name,
    ...scope,
    ...(matchConditions.length > 0 ? { matchConditions } : {}),
    clientConfig,
    admissionReviewVersions: ['v1'],
    matchPolicy: 'Equivalent',
    objectSelector: {},
    sideEffects: 'None',
  });
}
