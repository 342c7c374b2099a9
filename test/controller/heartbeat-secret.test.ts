import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { keepHeartbeatSecret } from '#controller/heartbeat-secret.ts';
import { openApiSocket } from '#test/platform/api-socket.ts';

const LOG = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const MINUTE_MS = 60_000;

test('a heartbeat Secret that is deleted comes back within a minute, by the hand of the one that holds the Lease', {
  timeout: 5_000,
}, async (context: TestContext) => {
  context.mock.timers.enable({ apis: ['setInterval'] });
  let exists = false;
  let isHeld = false;
  const asked: string[] = [];
  const { cluster, close } = await openApiSocket((request, response) => {
    asked.push(request.method ?? '');
    if (request.method === 'GET' && !exists) response.statusCode = 404;
    if (request.method === 'POST') exists = true;
    response.end('{}');
  });
  const stop = new AbortController();
  context.after(() => {
    stop.abort();
    return close();
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
