// `bug-report`: what a maintainer needs of a cluster in one file. What cannot be read is told in its place; Secrets are never read.
import { stringify } from 'yaml';
import { METALLB_REGISTRATION, METALLB_SELECTORS } from '#core/metallb.ts';
import { CONFIG_MAP_NAME, CONTROLLER_LEASE_NAME, WEBHOOK_CONFIGURATION_NAME } from '#core/names.ts';
import { ApiError, type Cluster, getObject, getText } from '#platform/cluster.ts';
import { listObjects } from '#platform/list.ts';
import { describeError } from '#platform/log.ts';
import { conflictsPath, metricsPath, statusesPath } from './paths.ts';
import { COMPONENT_LABEL, type Pod, PROGRAMS } from './programs.ts';
import { redactConfigMap, redactObject } from './redact.ts';
import type { Status } from './status.ts';

type Fields = { readonly [name: string]: unknown };

export type BugReport = {
  readonly kubernetes: unknown;
  readonly status: Status;
  /** By resource; text where it could not be read. */
  readonly objects: { readonly [resource: string]: readonly Fields[] | string };
  /** By Pod. */
  readonly logs: { readonly [pod: string]: string };
  readonly logsBeforeRestart: { readonly [pod: string]: string };
  readonly metrics: { readonly [pod: string]: string };
};

export type ReportOptions = { readonly namespace: string; readonly status: Status; readonly pods: readonly Pod[] };

const LOG_LINES = 2_000;

export async function readBugReport(cluster: Cluster, options: ReportOptions): Promise<BugReport> {
  const { namespace, status, pods } = options;
  const pathOf = ({ name }: Pod) => `/api/v1/namespaces/${namespace}/pods/${name}`;
  const logOf = (more: string) => (pod: Pod) => getText(cluster, `${pathOf(pod)}/log?tailLines=${LOG_LINES}${more}`);
  const metricsOf = (pod: Pod) => getText(cluster, metricsPath(namespace, pod));
  const restarted = pods.filter(({ restarts }) => restarts > 0);
  const [objects, logs, logsBeforeRestart, metrics] = await Promise.all([
    readObjects(cluster, namespace),
    readOfPods(pods, logOf('')),
    readOfPods(restarted, logOf('&previous=true')),
    readOfPods(pods, metricsOf),
  ]);
  return { kubernetes: await getObject(cluster, '/version'), status, objects, logs, logsBeforeRestart, metrics };
}

export function formatBugReport(report: BugReport): string {
  return stringify(report, { aliasDuplicateObjects: false, lineWidth: 0 });
}

/** Secrets are not among them, and must never be. */
export function reportPaths(namespace: string): { readonly [resource: string]: string } {
  const ours = `/api/v1/namespaces/${namespace}`;
  const pools = `/apis/metallb.io/v1beta1/namespaces/${namespace}`;
  const admission = '/apis/admissionregistration.k8s.io/v1';
  return {
    services: '/api/v1/services?fieldSelector=spec.type%3DLoadBalancer',
    nodes: '/api/v1/nodes',
    namespaces: '/api/v1/namespaces',
    endpointslices: '/apis/discovery.k8s.io/v1/endpointslices',
    servicecidrs: '/apis/networking.k8s.io/v1/servicecidrs',
    configmaps: `${ours}/configmaps?fieldSelector=metadata.name%3D${CONFIG_MAP_NAME}`,
    ipaddresspools: `${pools}/ipaddresspools`,
    l2advertisements: `${pools}/l2advertisements`,
    servicel2statuses: statusesPath(namespace),
    addressconflicts: conflictsPath(namespace),
    leases: `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases?fieldSelector=metadata.name%3D${CONTROLLER_LEASE_NAME}`,
    registrations: `${admission}/validatingwebhookconfigurations?fieldSelector=metadata.name%3D${WEBHOOK_CONFIGURATION_NAME}`,
    pods: `${ours}/pods?labelSelector=${encodeURIComponent(`${COMPONENT_LABEL} in (${PROGRAMS.join(',')})`)}`,
    ...refusing(ours, admission),
    deployments: `/apis/apps/v1/namespaces/${namespace}/deployments`,
    daemonsets: `/apis/apps/v1/namespaces/${namespace}/daemonsets`,
    events: `${ours}/events`,
    serviceEvents: '/api/v1/events?fieldSelector=involvedObject.kind%3DService',
  };
}

/** What refuses a start. */
function refusing(ours: string, admission: string): { [resource: string]: string } {
  const pods = METALLB_SELECTORS.map((selector): [string, string] => {
    return [`pods (${selector})`, `${ours}/pods?labelSelector=${encodeURIComponent(selector)}`];
  });
  return {
    ...Object.fromEntries(pods),
    metallbRegistration: `${admission}/validatingwebhookconfigurations?fieldSelector=metadata.name%3D${METALLB_REGISTRATION}`,
  };
}

async function readObjects(cluster: Cluster, namespace: string): Promise<BugReport['objects']> {
  const reads = Object.entries(reportPaths(namespace)).map(
    async ([resource, path]): Promise<[string, Fields[] | string]> => {
      const redact = resource === 'configmaps' ? redactConfigMap : redactObject;
      const [plain = '', query] = path.split('?');
      const read = listObjects<Fields>(cluster, plain, { query: new URLSearchParams(query) });
      return [resource, await orReason(read.then(({ items }) => items.map(redact)))];
    },
  );
  return Object.fromEntries(await Promise.all(reads));
}

async function readOfPods(
  pods: readonly Pod[],
  read: (pod: Pod) => Promise<string>,
): Promise<{ [pod: string]: string }> {
  const texts = pods.map(async (pod): Promise<[string, string]> => [pod.name, await orReason(read(pod))]);
  return Object.fromEntries(await Promise.all(texts));
}

/** A cluster that needs a report may not answer everything. */
async function orReason<T>(read: Promise<T>): Promise<T | string> {
  return await read.catch((error: unknown) => {
    if (error instanceof ApiError) return describeError(error);
    throw error;
  });
}
