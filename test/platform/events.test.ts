import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { KubeConfig } from '@kubernetes/client-node';
import { Registry } from 'prom-client';
import { openEventRecorder } from '#platform/events.ts';
import { openLog } from '#platform/log.ts';

const REGARDING = { apiVersion: 'v1', kind: 'Service', namespace: 'shop', name: 'web' };

test('Events are written in order, and those the API server refuses are counted', { timeout: 20_000 }, async (t) => {
  const seen: string[] = [];
  const { promise: isLast, resolve: onLast } = Promise.withResolvers<void>();
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { reason } = JSON.parse(Buffer.concat(parts).toString()) as { reason: string };
    seen.push(reason);
    response.statusCode = reason === 'Refused' ? 403 : 201;
    response.end('{}', reason === 'Last' ? onLast : undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const metrics = new Registry();
  const cluster = {
    server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    config: new KubeConfig(),
    authenticate: () => Promise.resolve({ headers: {} }),
  };
  const log = openLog('test', () => assert.fail('a log line was lost'));
  const record = openEventRecorder(cluster, { program: 'controller', log, metrics });
  for (const reason of ['First', 'Refused', 'Last']) record(REGARDING, { type: 'Normal', reason, message: 'a' });
  await isLast;
  assert.deepEqual(seen, ['First', 'Refused', 'Last']);
  assert.match(await metrics.metrics(), /^arpeggio_events_lost_total 1$/m);
});
