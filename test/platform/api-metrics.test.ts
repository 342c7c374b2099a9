import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { countWrites, resourceOf } from '#platform/api-metrics.ts';
import { createObject, getObject, patchObject } from '#platform/cluster.ts';
import { openApiSocket } from './api-socket.ts';

const RESOURCES: [string, string][] = [
  ['/api/v1/namespaces/shop/services/web/status', 'services/status'],
  ['/api/v1/namespaces/shop/events', 'events'],
  ['/api/v1/namespaces/shop', 'namespaces'],
  ['/apis/coordination.k8s.io/v1/namespaces/metallb-system/leases/arpeggio-controller', 'leases'],
  [
    '/apis/metallb.io/v1beta1/namespaces/metallb-system/ipaddresspools/a/status?fieldManager=a',
    'ipaddresspools/status',
  ],
  [
    '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/arpeggio?force=true',
    'validatingwebhookconfigurations',
  ],
  ['/readyz', ''],
];

for (const [path, resource] of RESOURCES) {
  test(`a write to ${path} is counted as ${resource || 'nothing known'}`, () => {
    assert.equal(resourceOf(path), resource);
  });
}

test('writes are counted by how they were answered, reads are not', async (t) => {
  const socket = await openApiSocket((request, response) => {
    response.statusCode = request.method === 'PATCH' ? 409 : 200;
    response.end('{}');
  });
  t.after(socket.close);
  const metrics = new Registry();
  const cluster = { ...socket.cluster, onWrite: countWrites(metrics) };
  await getObject(cluster, '/api/v1/namespaces/a/services/b');
  await createObject(cluster, '/api/v1/namespaces/a/events', {});
  const conflict = patchObject(cluster, '/api/v1/namespaces/a/services/b/status', { type: 'merge', body: {} });
  await assert.rejects(conflict, { status: 409 });
  await socket.close();
  await assert.rejects(createObject(cluster, '/api/v1/namespaces/a/events', {}), { reason: 'Unreachable' });
  const lines = (await metrics.metrics()).split('\n').filter((line) => line.startsWith('arpeggio_'));
  assert.deepEqual(lines, [
    'arpeggio_api_writes_total{method="POST",resource="events",code="200"} 1',
    'arpeggio_api_writes_total{method="PATCH",resource="services/status",code="409"} 1',
    'arpeggio_api_writes_total{method="POST",resource="events",code="0"} 1',
  ]);
});
