import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { KubeConfig } from '@kubernetes/client-node';
import { keepHeartbeatSecret } from '#controller/heartbeat-secret.ts';

const LOG = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const MINUTE_MS = 60_000;

test('a heartbeat Secret that is deleted comes back within a minute, by the hand of the one that holds the Lease', {
  timeout: 5_000,
}, async (context: TestContext) => {
  context.mock.timers.enable({ apis: ['setInterval'] });
  let exists = false;
  let isHeld = false;
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.method ?? '');
    if (request.method === 'GET' && !exists) response.statusCode = 404;
    if (request.method === 'POST') exists = true;
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const cluster = { server: url, config: new KubeConfig(), authenticate: () => Promise.resolve({ headers: {} }) };
  const stop = new AbortController();
  context.after(() => {
    stop.abort();
    server.close();
    server.closeAllConnections();
  });
  const until = async (isTrue: () => boolean) => {
    while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
  };

  keepHeartbeatSecret({ cluster, namespace: 'ours', isHeld: () => isHeld, log: LOG, signal: stop.signal });
  await until(() => exists);
  exists = false;
  context.mock.timers.tick(MINUTE_MS);
  isHeld = true;
  context.mock.timers.tick(MINUTE_MS);
  await until(() => exists);
  context.mock.timers.tick(MINUTE_MS);
  await until(() => asked.length === 5);
  assert.deepEqual(asked, ['GET', 'POST', 'GET', 'POST', 'GET']);
});
