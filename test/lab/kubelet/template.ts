// What the lab's kubelet can run: every other field of a Pod template is refused aloud, never ignored.
import type { Container, Pod, Probe, SecurityContext, Volume } from './pod.ts';

// Fields that change nothing here: scheduling is the scheduler's, quality of service and pulling have no counterpart.
const podFields = new Set([
  ...['nodeName', 'containers', 'volumes', 'hostNetwork', 'hostname', 'enableServiceLinks', 'serviceAccountName'],
  ...['securityContext', 'terminationGracePeriodSeconds', 'restartPolicy', 'dnsPolicy', 'nodeSelector', 'affinity'],
  ...['serviceAccount', 'automountServiceAccountToken', 'schedulerName', 'tolerations', 'priorityClassName'],
  ...['priority', 'preemptionPolicy', 'topologySpreadConstraints', 'imagePullSecrets'],
]);
const containerFields = new Set([
  ...['name', 'image', 'command', 'args', 'workingDir', 'env', 'ports', 'volumeMounts', 'securityContext'],
  ...['readinessProbe', 'livenessProbe', 'startupProbe', 'lifecycle', 'resources', 'imagePullPolicy'],
  ...['terminationMessagePath', 'terminationMessagePolicy'],
]);
const podSecurityFields = new Set([
  ...['runAsUser', 'runAsGroup', 'runAsNonRoot', 'fsGroup', 'fsGroupChangePolicy', 'supplementalGroups'],
  'seccompProfile',
]);
const securityFields = new Set([
  ...['runAsUser', 'runAsGroup', 'runAsNonRoot', 'privileged', 'allowPrivilegeEscalation', 'readOnlyRootFilesystem'],
  ...['capabilities', 'seccompProfile'],
]);
const volumeFields = new Set(['name', 'emptyDir', 'hostPath', 'configMap', 'secret', 'projected']);
const sourceFields = new Set(['serviceAccountToken', 'configMap', 'secret', 'downwardAPI']);
const mountFields = new Set(['name', 'mountPath', 'readOnly', 'recursiveReadOnly']);
const envSources = new Set(['fieldRef', 'configMapKeyRef', 'secretKeyRef']);
const probeFields = new Set([
  ...['httpGet', 'initialDelaySeconds', 'periodSeconds', 'timeoutSeconds', 'successThreshold', 'failureThreshold'],
]);
const fieldPaths = new Set([
  ...['metadata.name', 'metadata.namespace', 'metadata.uid', 'spec.nodeName', 'spec.serviceAccountName'],
  ...['status.podIP', 'status.podIPs', 'status.hostIP', 'status.hostIPs'],
]);

/** Paths of the template that the lab cannot honour. */
export function unsupportedFields(pod: Pod): string[] {
  const { spec } = pod;
  const restart = (spec as { restartPolicy?: string }).restartPolicy ?? 'Always';
  return [
    ...strangers('spec', spec, podFields),
    ...(restart === 'Always' ? [] : [`spec.restartPolicy "${restart}"`]),
    ...strangers('spec.securityContext', spec.securityContext, podSecurityFields),
    ...(spec.volumes ?? []).flatMap((volume, index) => volumeProblems(`spec.volumes[${index}]`, volume)),
    ...spec.containers.flatMap((container, index) => containerProblems(`spec.containers[${index}]`, container)),
  ];
}

function containerProblems(path: string, container: Container): string[] {
  return [
    ...strangers(path, container, containerFields),
    ...securityProblems(`${path}.securityContext`, container.securityContext),
    ...(container.volumeMounts ?? []).flatMap((m, i) => strangers(`${path}.volumeMounts[${i}]`, m, mountFields)),
    ...(container.env ?? []).flatMap((entry, i) => envProblems(`${path}.env[${i}].valueFrom`, entry.valueFrom)),
    ...probeProblems(`${path}.readinessProbe`, container.readinessProbe),
    ...probeProblems(`${path}.livenessProbe`, container.livenessProbe),
    ...probeProblems(`${path}.startupProbe`, container.startupProbe),
    ...strangers(`${path}.lifecycle`, container.lifecycle, new Set(['preStop'])),
    ...strangers(`${path}.lifecycle.preStop`, container.lifecycle?.preStop, new Set(['sleep'])),
  ];
}

function securityProblems(path: string, context: SecurityContext | undefined): string[] {
  return strangers(path, context, securityFields);
}

function envProblems(
  path: string,
  source: { readonly fieldRef?: { readonly fieldPath: string } } | undefined,
): string[] {
  const field = source?.fieldRef?.fieldPath;
  const isKnown =
    field === undefined || fieldPaths.has(field) || /^metadata\.(labels|annotations)\['.+'\]$/.test(field);
  return [...strangers(path, source, envSources), ...(isKnown ? [] : [`${path}.fieldRef.fieldPath "${field}"`])];
}

function probeProblems(path: string, probe: Probe | undefined): string[] {
  return strangers(path, probe, probeFields);
}

function volumeProblems(path: string, volume: Volume): string[] {
  const sources = volume.projected?.sources ?? [];
  return [
    ...strangers(path, volume, volumeFields),
    ...sources.flatMap((source, index) => strangers(`${path}.projected.sources[${index}]`, source, sourceFields)),
  ];
}

function strangers(path: string, object: object | undefined, known: ReadonlySet<string>): string[] {
  return Object.entries(object ?? {})
    .filter(([key, value]) => !known.has(key) && isMeant(value))
    .map(([key]) => `${path}.${key}`);
}

function isMeant(value: unknown): boolean {
  return value !== false && value !== null && !(Array.isArray(value) && value.length === 0);
}
