// The objects of manifests/base, and which of them select which Pods.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

const ROOT = new URL('../../', import.meta.url).pathname;

type Labels = { readonly [key: string]: string };
type Selector = { readonly matchLabels: Labels };
type Security = {
  readonly runAsUser?: number;
  readonly runAsNonRoot?: boolean;
  readonly allowPrivilegeEscalation?: boolean;
  readonly readOnlyRootFilesystem?: boolean;
  readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
};
type Container = {
  readonly ports: readonly { readonly name: string; readonly protocol?: string }[];
  readonly securityContext: Security;
  readonly [field: string]: unknown;
};
type PodSpec = {
  readonly serviceAccountName: string;
  readonly hostNetwork?: boolean;
  readonly enableServiceLinks?: boolean;
  readonly priorityClassName: string;
  readonly affinity?: { readonly podAntiAffinity: object };
  readonly securityContext?: Security;
  readonly containers: readonly [Container];
};
export type Workload = {
  readonly kind: 'Deployment' | 'DaemonSet';
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly replicas?: number;
    readonly template: { readonly metadata: { readonly labels: Labels }; readonly spec: PodSpec };
  };
};
type Port = { readonly port: number | string; readonly protocol: string };
type Policy = {
  readonly kind: 'NetworkPolicy';
  readonly spec: {
    readonly podSelector: Selector;
    readonly policyTypes: readonly string[];
    readonly ingress: readonly { readonly from?: unknown; readonly ports: readonly Port[] }[];
  };
};
type Budget = {
  readonly kind: 'PodDisruptionBudget';
  readonly spec: { readonly selector: Selector; readonly maxUnavailable: number };
};
type BaseObject = Workload | Policy | Budget;
type Base = {
  readonly workloads: readonly Workload[];
  readonly policies: readonly Policy[];
  readonly budgets: readonly Budget[];
};

export function readBase(): Base {
  const files = globSync('manifests/base/*.yaml', { cwd: ROOT }).map((path) => readFileSync(join(ROOT, path), 'utf8'));
  const objects = files.flatMap((text) => parseAllDocuments(text).map((document) => document.toJS() as BaseObject));
  return {
    workloads: objects.filter((object): object is Workload => ['Deployment', 'DaemonSet'].includes(object.kind)),
    policies: objects.filter((object) => object.kind === 'NetworkPolicy'),
    budgets: objects.filter((object) => object.kind === 'PodDisruptionBudget'),
  };
}

export function selects({ matchLabels }: Selector, { spec: { template } }: Workload): boolean {
  return Object.entries(matchLabels).every(([key, value]) => template.metadata.labels[key] === value);
}
