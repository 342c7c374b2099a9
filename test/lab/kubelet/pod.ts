// The part of the Pod API that the lab's kubelet reads; `template.ts` refuses what is not here.

export type EnvSource = {
  readonly fieldRef?: { readonly fieldPath: string };
  readonly configMapKeyRef?: KeyRef;
  readonly secretKeyRef?: KeyRef;
};
export type KeyRef = { readonly name: string; readonly key: string; readonly optional?: boolean };
export type EnvEntry = { readonly name: string; readonly value?: string; readonly valueFrom?: EnvSource };
export type Probe = {
  readonly httpGet?: {
    readonly path?: string;
    readonly port: number | string;
    readonly scheme?: 'HTTP' | 'HTTPS';
    readonly host?: string;
    readonly httpHeaders?: readonly { readonly name: string; readonly value: string }[];
  };
  readonly initialDelaySeconds?: number;
  readonly periodSeconds?: number;
  readonly timeoutSeconds?: number;
  readonly successThreshold?: number;
  readonly failureThreshold?: number;
};
export type SecurityContext = {
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  readonly runAsNonRoot?: boolean;
  readonly privileged?: boolean;
  readonly allowPrivilegeEscalation?: boolean;
  readonly readOnlyRootFilesystem?: boolean;
  readonly seccompProfile?: SeccompProfile;
  readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
};
export type SeccompProfile = { readonly type: 'RuntimeDefault' | 'Unconfined' | 'Localhost' };
export type PodSecurityContext = {
  readonly seccompProfile?: SeccompProfile;
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  readonly runAsNonRoot?: boolean;
  readonly fsGroup?: number;
  readonly supplementalGroups?: readonly number[];
};
export type VolumeMount = { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean };
export type Container = {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly workingDir?: string;
  readonly env?: readonly EnvEntry[];
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
  readonly volumeMounts?: readonly VolumeMount[];
  readonly securityContext?: SecurityContext;
  readonly readinessProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly startupProbe?: Probe;
  readonly lifecycle?: { readonly preStop?: { readonly sleep?: { readonly seconds: number } } };
};
export type Item = { readonly key: string; readonly path: string };
export type ObjectSource = { readonly items?: readonly Item[]; readonly optional?: boolean };
export type ProjectedSource = {
  readonly serviceAccountToken?: {
    readonly path: string;
    readonly audience?: string;
    readonly expirationSeconds?: number;
  };
  readonly configMap?: ObjectSource & { readonly name: string };
  readonly secret?: ObjectSource & { readonly name: string };
  readonly downwardAPI?: {
    readonly items: readonly { readonly path: string; readonly fieldRef?: { readonly fieldPath: string } }[];
  };
};
export type Volume = {
  readonly name: string;
  readonly emptyDir?: object;
  readonly hostPath?: { readonly path: string };
  readonly configMap?: ObjectSource & { readonly name: string };
  readonly secret?: ObjectSource & { readonly secretName: string };
  readonly projected?: { readonly sources: readonly ProjectedSource[] };
};
export type PodSpec = {
  readonly nodeName: string;
  readonly containers: readonly Container[];
  readonly volumes?: readonly Volume[];
  readonly hostNetwork?: boolean;
  readonly hostname?: string;
  readonly enableServiceLinks?: boolean;
  readonly serviceAccountName?: string;
  readonly securityContext?: PodSecurityContext;
  readonly terminationGracePeriodSeconds?: number;
};
export type Condition = { readonly type: string; readonly status: string; readonly lastTransitionTime?: string };
export type Pod = {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
    readonly deletionGracePeriodSeconds?: number;
  };
  readonly spec: PodSpec;
  readonly status?: {
    readonly conditions?: readonly Condition[];
    readonly containerStatuses?: readonly {
      readonly name: string;
      readonly started?: boolean;
      readonly restartCount: number;
    }[];
  };
};

export function podKey(pod: Pod): string {
  return `${pod.metadata.namespace}/${pod.metadata.name}`;
}

/** What a person calls the program a Pod runs: its component of Arpeggio, its app label, or its own name. */
export function programOf(pod: Pod): string {
  const labels = pod.metadata.labels ?? {};
  if (labels['app.kubernetes.io/name'] === 'arpeggio')
    return labels['app.kubernetes.io/component'] ?? pod.metadata.name;
  return labels['app'] ?? pod.metadata.name;
}

export function shortId(pod: Pod): string {
  return pod.metadata.uid.slice(0, 8);
}

/** A node that comes back after a power cut starts its containers once more. */
export function restartsBefore(pod: Pod, container: string): number {
  const before = pod.status?.containerStatuses?.find(({ name }) => name === container);
  return before?.started ? before.restartCount + 1 : 0;
}
