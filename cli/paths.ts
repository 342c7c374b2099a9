// Where the API server has what more than one reader asks for.
import type { Pod } from './programs.ts';

/** The programs' own default. */
const METRICS_PORT = '7472';

export function statusesPath(namespace: string): string {
  return `/apis/metallb.io/v1beta1/namespaces/${namespace}/servicel2statuses`;
}

export function conflictsPath(namespace: string): string {
  return `/apis/arpeggio.dev/v1alpha1/namespaces/${namespace}/addressconflicts`;
}

/** Through the API server, which wants the right to `pods/proxy`. */
export function metricsPath(namespace: string, { name, env }: Pod): string {
  return `/api/v1/namespaces/${namespace}/pods/${name}:${env.get('METRICS_PORT') ?? METRICS_PORT}/proxy/metrics`;
}
