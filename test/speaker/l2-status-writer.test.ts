// The writer of ServiceL2Status objects, against a real HTTP server that keeps or refuses them.
import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import test, { type TestContext } from 'node:test';
import { parseIp } from '#core/ip.ts';
import { parseL2Status, type ServiceL2Status, type ServiceL2StatusObject } from '#core/l2-status.ts';
import { statusName } from '#speaker/l2-status.ts';
import { openStatusWriter } from '#speaker/l2-status-writer.ts';
import type { AddressPlan } from '#speaker/plan.ts';
import { openApiSocket } from '#test/platform/api-socket.ts';

const TIMING = { quietMs: 5, quietMostMs: 50, paceMs: 2, retryFirstMs: 5 };
const ignore = () => {};
const log = { debug: ignore, info: ignore, warn: ignore, error: ignore };

function plan(number: number): AddressPlan {
  const text = `10.0.0.${number}`;
  const ip = parseIp(text) ?? assert.fail();
  return { ip, text, owner: 'a', reason: 'announce', services: [`default/s${number}`] };
}

type Answer = (method: string, name: string) => number;

/** Objects as the API server keeps them: the status only by its own path. */
async function openApi(context: TestContext, answer: Answer = () => 200) {
  const objects = new Map<string, ServiceL2StatusObject>();
  const requests: string[] = [];
  const { promise: settled, resolve } = Promise.withResolvers<void>();
  let wanted = Number.POSITIVE_INFINITY;
  const { cluster, close } = await openApiSocket(async (request, response) => {
    const body = await read(request);
    const [last = '', before = ''] = (request.url ?? '').split('/').reverse();
    const isStatus = last === 'status';
    const name = (body['metadata'] as { name?: string } | undefined)?.name ?? (isStatus ? before : last);
    const code = answer(request.method ?? '', name);
    requests.push(`${request.method} ${code}`);
    if (code < 400 && request.method === 'DELETE') objects.delete(name);
    else if (code < 400) objects.set(name, { ...objects.get(name), ...body });
    response.writeHead(code).end('{}');
    const whole = Array.from(objects.values()).filter(({ status }) => status).length;
    if (whole >= wanted) resolve();
  });
  const stop = new AbortController();
  context.after(() => {
    stop.abort();
    return close();
  });
  const present = (): ServiceL2Status[] => Array.from(objects.values(), (object) => parseL2Status(object));
  const until = (count: number) => {
    wanted = count;
    return settled;
  };
  return {
    objects,
    requests,
    until,
    options: { cluster, namespace: 'n', signal: stop.signal, log, timing: TIMING },
    present,
  };
}

async function read(request: IncomingMessage): Promise<{ [key: string]: unknown }> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString());
}

test('an object is made and then told its status, and a writer that has nothing to say is silent', async (context) => {
  const api = await openApi(context);
  const gather = () => ({ self: 'a', pod: undefined, plans: [plan(1), plan(2)], present: api.present() });
  const writer = openStatusWriter({ ...api.options, gather });
  for (let i = 0; i < 10; i++) writer.markDirty();
  await api.until(2);
  assert.deepEqual(api.requests, ['POST 200', 'PATCH 200', 'POST 200', 'PATCH 200']);
  assert.deepEqual([...api.objects.keys()], [statusName('default/s1', 'a'), statusName('default/s2', 'a')]);
});

test('what an outage refused is written after it, as things are by then', async (context) => {
  let failures = 3;
  const api = await openApi(context, () => (failures-- > 0 ? 503 : 200));
  const gather = () => ({
    self: 'a',
    pod: undefined,
    plans: [plan(failures > 0 ? 1 : 2)],
    present: api.present(),
  });
  openStatusWriter({ ...api.options, gather }).markDirty();
  await api.until(1);
  assert.deepEqual([...api.objects.keys()], [statusName('default/s2', 'a')]);
});

test('one object that is refused for good does not hold up the others', async (context) => {
  const bad = statusName('default/s1', 'a');
  const api = await openApi(context, (_method, name) => (name === bad ? 422 : 200));
  const gather = () => ({ self: 'a', pod: undefined, plans: [plan(1), plan(2), plan(3)], present: api.present() });
  openStatusWriter({ ...api.options, gather }).markDirty();
  await api.until(2);
  assert.equal(api.objects.has(bad), false);
});

test('an object that is gone or there already is no failure', async (context) => {
  const made = statusName('default/s1', 'a');
  const api = await openApi(context, (method, name) => {
    if (method === 'DELETE') return 404;
    return method === 'POST' && name === made ? 409 : 200;
  });
  // As a cache that lags: the object and the rival stay as they are in it.
  let round = 0;
  const rival = { name: 'l2-x', node: 'b', service: 'default/s1', podUid: undefined, isLabelled: true, ifaces: [] };
  const stale = { ...rival, addresses: ['10.0.0.1'] };
  const gather = () => {
    round++;
    return {
      self: 'a',
      pod: undefined,
      plans: round === 1 ? [plan(1)] : [plan(2)],
      present: round === 1 ? [stale] : api.present(),
    };
  };
  openStatusWriter({ ...api.options, gather }).markDirty();
  await api.until(1);
  assert.deepEqual(api.requests, ['POST 409', 'DELETE 404', 'POST 200', 'PATCH 200']);
});
