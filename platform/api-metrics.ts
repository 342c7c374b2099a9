// How many writes the API server got from us, by what they wrote and how it answered.
import { Counter, type Registry } from 'prom-client';
import type { OnWrite } from '#platform/cluster.ts';

export function countWrites(metrics: Registry): OnWrite {
  const writes = new Counter({
    name: 'arpeggio_api_writes_total',
    help: 'Writes to the API server by method, resource and HTTP status (0: no answer)',
    labelNames: ['method', 'resource', 'code'],
    registers: [metrics],
  });
  return ({ method, path, status }) => writes.inc({ method, resource: resourceOf(path), code: String(status) });
}

/** As RBAC names it, for example `services/status`. */
export function resourceOf(path: string): string {
  const [, all = ''] = /^\/(?:api|apis\/[^/]+)\/[^/]+\/([^?]*)/.exec(path) ?? [];
  const [resource = '', , subresource] = all.replace(/^namespaces\/[^/]+\/(?=.)/, '').split('/');
  return subresource === undefined ? resource : `${resource}/${subresource}`;
}
