import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { openEventRecorder } from '#platform/events.ts';
import { openLog } from '#platform/log.ts';
import { openApiSocket } from './api-socket.ts';

const REGARDING = { apiVersion: 'v1', kind: 'Service', namespace: 'shop', name: 'web' };

test('Events are written in order, and those the API server refuses are counted', { timeout: 20_000 }, async (t) => {
  const seen: string[] = [];
  const { promise: isLast, resolve: onLast } = Promise.withResolvers<void>();
  const { cluster, close } = await openApiSocket(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { reason } = JSON.parse(Buffer.concat(parts).toString()) as { reason: string };
    seen.push(reason);
    response.statusCode = reason === 'Refused' ? 403 : 201;
    response.end('{}', reason === 'Last' ? onLast : undefined);
  });
  t.after(close);
  const metrics = new Registry();
  const log = openLog('test', () => assert.fail('a log line was lost'));
  const record = openEventRecorder(cluster, { program: 'controller', log, metrics });
  for (const reason of ['First', 'Refused', 'Last']) record(REGARDING, { type: 'Normal', reason, message: 'a' });
  await isLast;
  assert.deepEqual(seen, ['First', 'Refused', 'Last']);
  assert.match(await metrics.metrics(), /^arpeggio_events_lost_total 1$/m);
});
